/**
 * Which queue the dead letters are of: those that have some, with how many they keep.
 */
import type { JSX } from 'preact';
import { useAsk } from '../../api/use-ask.ts';
import { useFormats, useWords } from '../../words/words.tsx';

const EVERY_MS = 10_000;

/** A choice of queue; undefined is every one. */
export function QueueChoice(props: {
  readonly queue: string | undefined;
  readonly onChoose: (queue: string | undefined) => void;
}): JSX.Element {
  const { queue, onChoose } = props;
  const words = useWords().deadLetters;
  const { number } = useFormats();
  const { data = [] } = useAsk('deadLetters.counts', {}, { everyMs: EVERY_MS });
  const all = data.reduce((sum, { kept }) => sum + kept, 0);
  const isMissing = queue !== undefined && data.every((each) => each.queue !== queue);
  return (
    <label class="row">
      <span class="muted">{words.queue}</span>
      <select
        value={queue ?? ''}
        onChange={(event) => onChoose(event.currentTarget.value || undefined)}
      >
        <option value="">{words.allQueues(number(all))}</option>
        {isMissing && <option value={queue}>{words.ofQueue(queue, number(0))}</option>}
        {data.map(({ queue: each, kept }) => (
          <option key={each} value={each}>
            {words.ofQueue(each, number(kept))}
          </option>
        ))}
      </select>
    </label>
  );
}
