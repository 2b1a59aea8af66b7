/**
 * Cleans a state or empties the queue: how many go is asked first, then they go in steps, each of which the server ends
 * in good time. Between two steps it can be ended.
 */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CleanState, JobState } from '../../../../src/operations/views.ts';
import { useAct } from '../../api/use-act.ts';
import { useAsk } from '../../api/use-ask.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { Problem } from '../../ui/problem.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

/** Jobs of one step, and those that are counted at most. */
const STEP = 10_000;
const MOST_COUNTED = 100_000;

/** The state as it is cleaned; undefined: it cannot be. */
export function cleanableAs(state: JobState): CleanState | undefined {
  if (state === 'waiting') return 'wait';
  return state === 'active' || state === 'waiting-children' ? undefined : state;
}

interface RemoveManyProps {
  readonly queue: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Deletes jobs of a state that are older than a duration. */
export function Clean(props: RemoveManyProps & { readonly state: JobState }): JSX.Element {
  const { queue, state, ...rest } = props;
  const { jobs: words, shell } = useWords();
  const [olderThan, setOlderThan] = useState('24h');
  const wish = { queue, state: cleanableAs(state)!, olderThan: olderThan.trim() || '0s' };
  const plan = useAsk('queues.clean', { ...wish, limit: MOST_COUNTED, dryRun: true });
  const act = useAct();
  return (
    <InSteps
      {...{ ...rest, queue, plan }}
      title={words.cleanTitle(shell.states[state])}
      step={() =>
        act('queues.clean', { ...wish, limit: STEP, confirm: queue }, { isShownElsewhere: true })
      }
    >
      <label class="field">
        {words.olderThan}
        <input value={olderThan} onInput={(event) => setOlderThan(event.currentTarget.value)} />
        <span class="hint">{words.olderThanHint}</span>
      </label>
    </InSteps>
  );
}

/** Deletes the jobs that wait. */
export function Empty(props: RemoveManyProps): JSX.Element {
  const { queue, ...rest } = props;
  const words = useWords().jobs;
  const [delayed, setDelayed] = useState(false);
  const plan = useAsk('queues.empty', { queue, delayed, dryRun: true });
  const act = useAct();
  return (
    <InSteps
      {...{ ...rest, queue, plan }}
      title={words.emptyTitle(queue)}
      step={() =>
        act('queues.empty', { queue, delayed, confirm: queue }, { isShownElsewhere: true })
      }
    >
      <p>{words.emptySays}</p>
      <label class="row">
        <input
          type="checkbox"
          checked={delayed}
          onChange={(event) => setDelayed(event.currentTarget.checked)}
        />
        {words.emptyDelayed}
      </label>
    </InSteps>
  );
}

function InSteps(
  props: RemoveManyProps & {
    readonly title: string;
    readonly plan: ReturnType<typeof useAsk<'queues.clean'>>;
    readonly step: () => Promise<{ readonly removed: number; readonly hasMore: boolean }>;
    readonly children: JSX.Element | JSX.Element[];
  },
): JSX.Element {
  const { queue, title, plan, step, onDone, onClose, children } = props;
  const words = useWords().jobs;
  const { number } = useFormats();
  const [removed, setRemoved] = useState<number | null>(null);
  const [total, setTotal] = useState(0);
  const isOver = useRef(false);
  useEffect(
    () => () => {
      isOver.current = true;
    },
    [],
  );
  const { data, error, isFetching } = plan;
  const count = data ? number(data.removed) + (data.hasMore ? '+' : '') : null;
  const run = async (): Promise<void> => {
    setTotal(data?.removed ?? 0);
    try {
      for (let [sum, hasMore] = [0, true]; hasMore && !isOver.current; ) {
        const gone = await step();
        sum += gone.removed;
        // Nothing that is left can go now.
        hasMore = gone.hasMore && gone.removed > 0;
        setRemoved(sum);
      }
    } finally {
      onDone();
    }
  };
  return (
    <Confirm
      {...{ title, onClose, onConfirm: run, name: queue, isDangerous: true }}
      does={count === null ? words.remove : words.acts.remove.does(count)}
      isReady={data !== undefined && !isFetching && !error && data.removed > 0}
    >
      {children}
      {removed === null ? (
        <p role="status">
          {error ? null : count === null || isFetching ? words.counting : words.wouldGo(count)}
        </p>
      ) : (
        <p class="bulk-progress" role="status">
          <progress max={Math.max(total, removed)} value={removed} aria-label={words.progress} />
          {words.removedSoFar(number(removed))}
        </p>
      )}
      {error && <Problem error={error} />}
      <p class="muted small">{words.inSteps}</p>
    </Confirm>
  );
}
