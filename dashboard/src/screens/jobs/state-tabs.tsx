/**
 * The states of jobs as tabs with their counts, as they are now. Keys 1 to 8 go there.
 */
import type { JSX } from 'preact';
import { useLive } from '../../live/use-live.ts';
import { useCommands } from '../../shell/commands.tsx';
import { type Tab, Tabs } from '../../ui/tabs.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { JOB_STATES, type JobsViewing } from './view-state.ts';

/** Tabs. */
export function StateTabs(props: JobsViewing & { readonly queue: string }): JSX.Element {
  const { queue, view, hrefOf, show } = props;
  const { jobs, shell } = useWords();
  const { number } = useFormats();
  const counts = useLive((live) => live.row(queue)?.counts);
  useCommands(
    JOB_STATES.map((state, i) => ({
      ...({ id: `state.${state}`, group: 'go', key: String(i + 1) } as const),
      label: jobs.showState(shell.states[state]),
      run: () => show({ state, columns: null }),
    })),
  );
  const tabs = JOB_STATES.map(
    (state): Tab => ({
      href: hrefOf({ state, columns: null }),
      isCurrent: state === view.state,
      label: (
        <>
          {shell.states[state]}
          <span class="muted small">{number(counts?.[state] ?? null)}</span>
        </>
      ),
    }),
  );
  return <Tabs label={jobs.states} tabs={tabs} />;
}
