/**
 * Deletes dead letters for good: counted before, with the name of the queue typed.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import type { LetterSelection } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useAct } from '../../api/use-act.ts';
import { to } from '../../shell/paths.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { Plans } from './plan.tsx';
import { eligibleOf, usePlans } from './use-plans.ts';

/** The dialog. Where there are several queues, one is chosen: each has a name of its own to type. */
export function DiscardDialog(props: {
  readonly of: readonly LetterSelection[];
  readonly onClose: () => void;
}): JSX.Element {
  const { onClose } = props;
  // What it was opened for: what is behind it is asked for again and moves on.
  const [of] = useState(props.of);
  const words = useWords().deadLetters.discard;
  const { number } = useFormats();
  const act = useAct();
  const may = useMay();
  const [, go] = useLocation();
  const [queue, setQueue] = useState(of[0]!.queue);
  const [withJobs, setWithJobs] = useState(false);
  const selection = of.find((each) => each.queue === queue)!;
  const planned = usePlans([{ ...selection, kind: 'discard' }]);
  const eligible = eligibleOf(planned);
  const mayRemove = may('jobs.remove', queue);
  const start = async (): Promise<void> => {
    const input = { ...selection, confirm: queue, ...(withJobs && mayRemove && { withJobs }) };
    const { id } = await act('deadLetters.discard', input, { isShownElsewhere: true });
    go(to.bulkAction(id));
  };
  return (
    <Confirm
      key={queue}
      title={words.title}
      does={words.does(eligible === null ? words.counting : number(eligible))}
      isDangerous
      name={queue}
      isReady={eligible !== null && eligible > 0}
      onConfirm={start}
      onClose={onClose}
    >
      {of.length > 1 && (
        <label class="field">
          {words.queue}
          <select value={queue} onChange={(event) => setQueue(event.currentTarget.value)}>
            {of.map((each) => (
              <option key={each.queue} value={each.queue}>
                {each.queue}
              </option>
            ))}
          </select>
        </label>
      )}
      <Plans planned={planned} left={new Set()} onToggle={() => {}} />
      {mayRemove && (
        <label class="row">
          <input type="checkbox" checked={withJobs} onChange={() => setWithJobs(!withJobs)} />
          {words.withJobs}
        </label>
      )}
      <p>{withJobs && mayRemove ? words.saysWithJobs : words.says}</p>
    </Confirm>
  );
}
