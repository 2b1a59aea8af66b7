/**
 * Makes a scheduler, or changes when it runs and what its jobs are made of. Only what was changed is sent.
 */
import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import type { SchedulerView } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useAct } from '../../api/use-act.ts';
import { useLive } from '../../live/use-live.ts';
import { to } from '../../shell/paths.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { jsonFault } from '../../ui/json-fault.ts';
import { JsonField } from '../../ui/json-field.tsx';
import { useWords } from '../../words/words.tsx';
import { type Draft, draftOf, isFilled, losesDigits, wishesOf } from './draft.ts';

const ZONES = Intl.supportedValuesOf('timeZone');

/** A dialog. `scheduler`: null makes one, in `queue` unless another one is chosen. */
export function EditScheduler(props: {
  readonly queue: string | undefined;
  readonly scheduler: SchedulerView | null;
  readonly onClose: () => void;
}): JSX.Element {
  const { scheduler, onClose } = props;
  const words = useWords().schedulers;
  const may = useMay();
  const act = useAct();
  const id = useId();
  const [, go] = useLocation();
  const rows = useLive((live) => live.rows);
  const queues = rows.map((row) => row.queue).filter((each) => may('schedulers.set', each));
  // As it was when it was opened: what somebody else changes meanwhile is no wish of whoever edits.
  const [before] = useState(() => draftOf(scheduler, props.queue ?? queues[0] ?? '', may));
  const [draft, setDraft] = useState(before);
  const change = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const wishes = wishesOf(draft, scheduler === null ? null : before);
  const save = async (): Promise<void> => {
    await act('schedulers.set', wishes!, { isShownElsewhere: true, done: words.saved(draft.id) });
    if (scheduler === null) go(to.scheduler(draft.queue, draft.id.trim()));
  };
  const { data } = draft;
  const isRight = isFilled(draft) && (data === null || jsonFault(data) === null);
  return (
    <Confirm
      title={scheduler === null ? words.make : words.acts.edit.title}
      does={words.acts.edit.does}
      isReady={isRight && wishes !== null}
      {...{ onClose, onConfirm: save }}
    >
      {scheduler === null && (
        <div class="grid">
          <label class="field">
            {words.columns.queue}
            <select
              value={draft.queue}
              onChange={(event) => change({ queue: event.currentTarget.value })}
            >
              {queues.map((each) => (
                <option key={each} value={each}>
                  {each}
                </option>
              ))}
            </select>
          </label>
          <Field label={words.columns.id} text={draft.id} onText={(id) => change({ id })} />
        </div>
      )}
      <div class="row" role="radiogroup" aria-label={words.columns.schedule}>
        {(['pattern', 'every'] as const).map((kind) => (
          <label key={kind} class="row">
            <input
              type="radio"
              name={`${id}-kind`}
              checked={draft.kind === kind}
              onChange={() => change({ kind })}
            />
            {words.kinds[kind]}
          </label>
        ))}
      </div>
      {draft.kind === 'pattern' ? (
        <div class="grid">
          <Field
            label={words.fields.pattern}
            hint={words.fields.patternHint}
            text={draft.pattern}
            onText={(pattern) => change({ pattern })}
          />
          <Field
            label={words.columns.zone}
            hint={words.fields.zoneHint}
            text={draft.timeZone}
            suggestions={ZONES}
            onText={(timeZone) => change({ timeZone })}
          />
        </div>
      ) : (
        <Field
          label={words.fields.every}
          hint={words.fields.everyHint}
          text={draft.every}
          onText={(every) => change({ every })}
        />
      )}
      <Field
        label={words.columns.job}
        hint={words.fields.jobHint}
        text={draft.jobName}
        onText={(jobName) => change({ jobName })}
      />
      {data === null ? (
        <p class="muted">{words.fields.hidden}</p>
      ) : (
        <JsonField
          label={words.fields.data}
          text={data}
          onText={(text) => change({ data: text })}
        />
      )}
      {data !== null && losesDigits(data) && <p class="problem">{words.fields.losesDigits}</p>}
    </Confirm>
  );
}

function Field(props: {
  readonly label: string;
  readonly hint?: string;
  readonly text: string;
  readonly suggestions?: readonly string[];
  readonly onText: (text: string) => void;
}): JSX.Element {
  const { label, hint, text, suggestions, onText } = props;
  const id = useId();
  return (
    <label class="field">
      {label}
      <input
        autocomplete="off"
        spellcheck={false}
        value={text}
        {...(suggestions && { list: id })}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      {suggestions && (
        <datalist id={id}>
          {suggestions.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
      {hint && <span class="hint">{hint}</span>}
    </label>
  );
}
