/**
 * Deletes old jobs of one state: counts them, has the queue's name typed, deletes in steps.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { CleanState, QueueView } from '../../../../src/operations/views.ts';
import { useApi } from '../../api/api.tsx';
import { useAsk } from '../../api/use-ask.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { useWords } from '../../words/words.tsx';
import { RemovalPlan } from './removal-plan.tsx';
import { useRemoval } from './use-removal.ts';

/** As BullMQ calls them, and as they are called here. */
const STATES = [
  ...([
    ['completed', 'completed'],
    ['failed', 'failed'],
    ['wait', 'waiting'],
    ['prioritized', 'prioritized'],
  ] as const),
  ['delayed', 'delayed'],
] as const;
/** As many as the server counts, and as many as it deletes in one step. */
const MOST_COUNTED = 100_000;
const STEP = 10_000;
/** What the server takes for a duration is for it to say; this only keeps it from being asked for half a word. */
const LIKE_A_DURATION = /^\s*\d+(?:\.\d+)?\s*[a-z]+\s*$/i;

/** The dialog. */
export function CleanDialog(props: {
  readonly view: Pick<QueueView, 'queue'>;
  /** Chosen at first. @default completed */
  readonly state?: CleanState;
  /** Called after jobs were deleted. */
  readonly onDone?: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { queue } = props.view;
  const words = useWords();
  const own = words.queue.cleanUp;
  const { client } = useApi();
  const [state, setState] = useState<CleanState>(props.state ?? 'completed');
  const [olderThan, setOlderThan] = useState('24h');
  const { soFar, run } = useRemoval();
  const isLikely = LIKE_A_DURATION.test(olderThan);
  const wishes = { queue, state, olderThan: olderThan.trim() };
  const { data: plan, error } = useAsk(
    'queues.clean',
    { ...wishes, limit: MOST_COUNTED, dryRun: true },
    { enabled: isLikely },
  );
  const step = () => client.call('queues.clean', { ...wishes, limit: STEP, confirm: queue });
  return (
    <Confirm
      title={own.cleanTitle(queue)}
      does={own.cleanDoes}
      name={queue}
      isDangerous
      isEndedByClosing
      isReady={isLikely && (plan?.removed ?? 0) > 0}
      onConfirm={() => run(step).then(props.onDone)}
      onClose={props.onClose}
    >
      <p>{own.cleanSays}</p>
      <label class="field">
        {own.state}
        <select
          value={state}
          onChange={(event) => setState(event.currentTarget.value as CleanState)}
        >
          {STATES.map(([value, name]) => (
            <option key={value} value={value}>
              {words.shell.states[name]}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        {own.olderThan}
        <input value={olderThan} onInput={(event) => setOlderThan(event.currentTarget.value)} />
        <span class="hint">{own.olderHint}</span>
      </label>
      <RemovalPlan {...{ plan, error, soFar }} />
    </Confirm>
  );
}
