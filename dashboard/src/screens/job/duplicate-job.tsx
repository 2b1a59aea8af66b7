/**
 * Adds a job with the data and options of this one, which can be changed before.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { parseExactly } from '../../../../src/base/exact-numbers.ts';
import { useAct } from '../../api/use-act.ts';
import { to } from '../../shell/paths.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { jsonFault } from '../../ui/json-fault.ts';
import { JsonField } from '../../ui/json-field.tsx';
import { indented } from '../../ui/json-text.ts';
import { Problem } from '../../ui/problem.tsx';
import { useWords } from '../../words/words.tsx';
import type { ActProps } from './job-acts.tsx';
import { useWholeData } from './whole-data.ts';

/** Options that say how a job runs. Its id, family and schedule are its own; what is deduplicated would not be added. */
const COPIED: readonly string[] = [
  ...['delay', 'priority', 'attempts', 'backoff', 'lifo', 'removeOnComplete', 'removeOnFail'],
  ...['keepLogs', 'stackTraceLimit'],
];

/** A dialog; afterwards the new job is shown. */
export function DuplicateJob({ job, onClose }: ActProps): JSX.Element {
  const { queue } = job;
  const { acts, fields } = useWords().job;
  const { loading } = useWords().shell;
  const words = acts.duplicate;
  const act = useAct();
  const [, go] = useLocation();
  const { text: before, error } = useWholeData(job, true);
  const [name, setName] = useState(job.name);
  const [typed, setTyped] = useState<string | null>(null);
  const [options, setOptions] = useState(() => indented(JSON.stringify(copied(job.options))));
  const text = typed ?? before;
  const add = async (): Promise<void> => {
    const { id } = await act(
      'jobs.add',
      {
        ...{ queue, name: name.trim(), data: parseExactly(text!) },
        options: JSON.parse(options) as Record<string, unknown>,
      },
      { isShownElsewhere: true, done: (row) => words.done(row.id) },
    );
    go(to.job(queue, id));
  };
  return (
    <Confirm
      title={words.title}
      does={words.does}
      isWide
      isReady={
        name.trim() !== '' &&
        text !== undefined &&
        jsonFault(text) === null &&
        jsonFault(options) === null
      }
      {...{ onClose, onConfirm: add }}
    >
      <p>{words.says}</p>
      <label class="field">
        {fields.name}
        <input
          autocomplete="off"
          spellcheck={false}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      {text === undefined ? (
        <p class="muted">{loading}</p>
      ) : (
        <JsonField label={fields.data} text={text} onText={setTyped} />
      )}
      {error != null && text === undefined && <Problem error={error} />}
      <JsonField label={fields.options} text={options} onText={setOptions} lines={5} />
    </Confirm>
  );
}

function copied(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => COPIED.includes(name) && value !== undefined),
  );
}
