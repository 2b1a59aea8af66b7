/**
 * Why there is nothing to list.
 */
import type { JSX } from 'preact';
import { useMay } from '../../api/me.tsx';
import { useAsk } from '../../api/use-ask.ts';
import { useWords } from '../../words/words.tsx';
import type { JobsView } from './view-state.ts';

/** A sentence, and what it comes from. */
export function NothingListed(props: {
  readonly queue: string;
  readonly view: JobsView;
  /** In this state, whatever the filter says. */
  readonly total: number;
}): JSX.Element {
  const { queue, view, total } = props;
  const { jobs: words, shell } = useWords();
  const may = useMay();
  const { state, filter } = view;
  const isFinished = state === 'completed' || state === 'failed';
  const { data: policies } = useAsk(
    'retention.list',
    {},
    { enabled: isFinished && total === 0 && may('retention.list') },
  );
  if (filter && total > 0) return <>{words.nothingMatches}</>;
  const policy = policies?.find((each) => each.queue === queue)?.policy;
  if (isFinished && policy?.[state].count === 0)
    return <>{words.removedAtOnce(shell.states[state])}</>;
  return (
    <>
      <p>{words.noJobs(shell.states[state])}</p>
      {isFinished && !policy && <p class="small">{words.maybeRemoved}</p>}
      {state === 'paused' && <p class="small">{words.pausedWait}</p>}
    </>
  );
}
