/**
 * Adds a job: its name, its data as JSON text, and the options that people use. Numbers keep all their digits.
 */
import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import { parseExactly } from '../../../../src/client/index.ts';
import { useAct } from '../../api/use-act.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { jsonFault } from '../../ui/json-fault.ts';
import { JsonField } from '../../ui/json-field.tsx';
import { useWords } from '../../words/words.tsx';
import { useHints } from './use-hints.ts';
import type { JobsView } from './view-state.ts';

const OPTIONS = ['jobId', 'delay', 'priority', 'attempts'] as const;
type Option = (typeof OPTIONS)[number];

/** A dialog. */
export function AddJob(props: {
  readonly queue: string;
  /** Names of its jobs are suggested. */
  readonly view: JobsView;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { queue, view, onDone, onClose } = props;
  const words = useWords().jobs;
  const act = useAct();
  const id = useId();
  const [name, setName] = useState('');
  const [text, setText] = useState('{}');
  const [options, setOptions] = useState<Readonly<Partial<Record<Option, string>>>>({});
  const { names } = useHints(queue, view, true);
  const add = async (): Promise<void> => {
    const given = OPTIONS.flatMap((option) => {
      const value = options[option]?.trim();
      return value ? [[option, toOption(option, value)]] : [];
    });
    const job = { queue, name: name.trim(), data: parseExactly(text) };
    await act(
      'jobs.add',
      { ...job, ...(given.length > 0 && { options: Object.fromEntries(given) }) },
      { isShownElsewhere: true, done: (row) => words.added(row.id) },
    );
    onDone();
  };
  return (
    <Confirm
      title={words.addTo(queue)}
      does={words.add}
      isReady={name.trim() !== '' && jsonFault(text) === null}
      {...{ onClose, onConfirm: add }}
    >
      <label class="field">
        {words.columns.name}
        <input
          list={id}
          autocomplete="off"
          spellcheck={false}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <datalist id={id}>
          {names.map((each) => (
            <option key={each.name} value={each.name} />
          ))}
        </datalist>
      </label>
      <JsonField label={words.data} text={text} onText={setText} />
      <details>
        <summary>{words.options}</summary>
        <div class="add-options">
          {OPTIONS.map((option) => (
            <label key={option} class="field">
              {words.optionsOf[option].label}
              <input
                inputmode={option === 'priority' || option === 'attempts' ? 'numeric' : 'text'}
                autocomplete="off"
                spellcheck={false}
                value={options[option] ?? ''}
                onInput={(event) => setOptions({ ...options, [option]: event.currentTarget.value })}
              />
              <span class="hint">{words.optionsOf[option].hint}</span>
            </label>
          ))}
        </div>
      </details>
    </Confirm>
  );
}

/** What is no number goes to the server as it is, which says what is wrong. */
function toOption(option: Option, value: string): string | number {
  const isNumber = (option === 'priority' || option === 'attempts') && /^\d+$/.test(value);
  return isNumber ? Number(value) : value;
}
