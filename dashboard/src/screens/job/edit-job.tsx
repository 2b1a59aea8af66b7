/**
 * Changes what a job will run with: its data as text, its priority, when it runs. Only what was changed is sent.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { parseExactly } from '../../../../src/base/exact-numbers.ts';
import { useAct } from '../../api/use-act.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { jsonFault } from '../../ui/json-fault.ts';
import { JsonField } from '../../ui/json-field.tsx';
import { Problem } from '../../ui/problem.tsx';
import { useWords } from '../../words/words.tsx';
import { isShownWhole } from './acts.ts';
import type { ActProps } from './job-acts.tsx';
import { useWholeData } from './whole-data.ts';

const LINES = { least: 4, most: 18 };

/** A dialog. */
export function EditJob({ job, onClose }: ActProps): JSX.Element {
  const { queue, id, state, isRedacted } = job;
  const { acts, fields } = useWords().job;
  const { loading } = useWords().shell;
  const words = acts.edit;
  const act = useAct();
  const hasData = isShownWhole(job);
  const { text: before, error } = useWholeData(job, hasData);
  const [typed, setTyped] = useState<string | null>(null);
  const [priority, setPriority] = useState(String(job.priority));
  const [delay, setDelay] = useState('');
  const text = typed ?? before;
  const isDataChanged = text !== undefined && text !== before;
  const isPriorityChanged = priority.trim() !== String(job.priority);
  const isDelayChanged = delay.trim() !== '';
  const isRight =
    (!isDataChanged || jsonFault(text) === null) &&
    (!isPriorityChanged || /^\d+$/.test(priority.trim()));
  const edit = (): Promise<unknown> =>
    act(
      'jobs.edit',
      {
        ...{ queue, job: id },
        ...(isDataChanged && { data: parseExactly(text) }),
        ...(isPriorityChanged && { priority: Number(priority) }),
        ...(isDelayChanged && { delay: delay.trim() }),
      },
      { isShownElsewhere: true, done: words.done },
    );
  return (
    <Confirm
      title={words.title}
      does={words.does}
      isWide
      isReady={isRight && (isDataChanged || isPriorityChanged || isDelayChanged)}
      {...{ onClose, onConfirm: edit }}
    >
      {text !== undefined ? (
        <JsonField
          label={fields.data}
          text={text}
          onText={setTyped}
          lines={Math.min(LINES.most, Math.max(LINES.least, text.split('\n').length))}
        />
      ) : (
        <p class="muted">{!hasData ? (isRedacted ? words.hidden : words.unreadable) : loading}</p>
      )}
      {error != null && text === undefined && <Problem error={error} />}
      <div class="grid">
        <label class="field">
          {fields.priority.label}
          <input
            inputmode="numeric"
            autocomplete="off"
            value={priority}
            onInput={(event) => setPriority(event.currentTarget.value)}
          />
          <span class="hint">{fields.priority.hint}</span>
        </label>
        {state === 'delayed' && (
          <label class="field">
            {fields.delay.label}
            <input
              autocomplete="off"
              value={delay}
              onInput={(event) => setDelay(event.currentTarget.value)}
            />
            <span class="hint">{fields.delay.hint}</span>
          </label>
        )}
      </div>
    </Confirm>
  );
}
