/**
 * Which queue the schedulers are of.
 */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { useLive } from '../../live/use-live.ts';
import { useWords } from '../../words/words.tsx';

/** A choice of queue; undefined is every one. */
export function QueueFilter(props: {
  readonly queue: string | undefined;
  readonly onChoose: (queue: string | undefined) => void;
}): JSX.Element {
  const { queue, onChoose } = props;
  const words = useWords().schedulers;
  const rows = useLive((live) => live.rows);
  const queues = useMemo(() => rows.map((row) => row.queue).sort(), [rows]);
  const isMissing = queue !== undefined && !queues.includes(queue);
  return (
    <label class="row">
      <span class="muted">{words.columns.queue}</span>
      <select
        value={queue ?? ''}
        onChange={(event) => onChoose(event.currentTarget.value || undefined)}
      >
        <option value="">{words.allQueues}</option>
        {isMissing && <option value={queue}>{queue}</option>}
        {queues.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </label>
  );
}
