/**
 * Asks for the limits of a queue.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { QueueView } from '../../../../src/operations/views.ts';
import { useAct } from '../../api/use-act.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { useWords } from '../../words/words.tsx';

interface LimitDialogProps {
  readonly view: QueueView;
  readonly onClose: () => void;
}

/** So many jobs in a span of time. */
export function RateDialog({ view, onClose }: LimitDialogProps): JSX.Element {
  const { queue, rateLimit } = view;
  const words = useWords().queue.limits;
  const act = useAct();
  const [max, setMax] = useState(String(rateLimit?.max ?? ''));
  const [span, setSpan] = useState(rateLimit ? `${rateLimit.durationMs}ms` : '1m');
  const set = (): Promise<unknown> =>
    act(
      'queues.limit',
      { queue, max: Number(max), duration: span.trim() },
      { done: words.rateSet, isShownElsewhere: true },
    );
  return (
    <Confirm
      title={words.setRate}
      does={words.setRate}
      isReady={isCount(max) && span.trim() !== ''}
      {...{ onClose, onConfirm: set }}
    >
      <p>{words.rateHelp(queue)}</p>
      <Count label={words.max} value={max} onInput={setMax} />
      <label class="field">
        {words.span}
        <input value={span} onInput={(event) => setSpan(event.currentTarget.value)} />
        <span class="hint">{words.spanHint}</span>
      </label>
    </Confirm>
  );
}

/** So many jobs at once. */
export function ConcurrencyDialog({ view, onClose }: LimitDialogProps): JSX.Element {
  const { queue, globalConcurrency } = view;
  const words = useWords().queue.limits;
  const act = useAct();
  const [most, setMost] = useState(String(globalConcurrency ?? ''));
  const set = (): Promise<unknown> =>
    act(
      'queues.concurrency',
      { queue, concurrency: Number(most) },
      { done: words.concurrencySet, isShownElsewhere: true },
    );
  return (
    <Confirm
      title={words.setConcurrency}
      does={words.setConcurrency}
      isReady={isCount(most)}
      {...{ onClose, onConfirm: set }}
    >
      <p>{words.concurrencyHelp(queue)}</p>
      <Count label={words.max} value={most} onInput={setMost} />
    </Confirm>
  );
}

function Count(props: {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
}): JSX.Element {
  return (
    <label class="field">
      {props.label}
      <input
        type="number"
        min={1}
        step={1}
        value={props.value}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
    </label>
  );
}

function isCount(text: string): boolean {
  return Number.isSafeInteger(Number(text)) && Number(text) >= 1;
}
