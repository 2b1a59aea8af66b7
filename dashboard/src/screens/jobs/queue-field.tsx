/**
 * Names another queue of the fleet that jobs may be added to.
 */
import type { JSX } from 'preact';
import { useId, useMemo, useState } from 'preact/hooks';
import { useMay } from '../../api/me.tsx';
import { useLive } from '../../live/use-live.ts';
import { useWords } from '../../words/words.tsx';

/** A field with suggestions; `onQueue` gets a queue that is there, or '' until there is one. */
export function QueueField(props: {
  readonly queue: string;
  readonly onQueue: (queue: string) => void;
}): JSX.Element {
  const { queue, onQueue } = props;
  const words = useWords().jobs;
  const may = useMay();
  const id = useId();
  const [typed, setTyped] = useState('');
  const rows = useLive((live) => live.rows);
  const queues = useMemo(
    () => rows.map((row) => row.queue).filter((each) => each !== queue && may('jobs.add', each)),
    [rows, queue, may],
  );
  return (
    <label class="field">
      {words.moveTo}
      <input
        list={id}
        autocomplete="off"
        spellcheck={false}
        value={typed}
        onInput={(event) => {
          const text = event.currentTarget.value;
          setTyped(text);
          onQueue(queues.includes(text) ? text : '');
        }}
      />
      <datalist id={id}>
        {queues.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
      {typed !== '' && !queues.includes(typed) && <span class="hint">{words.noSuchQueue}</span>}
    </label>
  );
}
