/**
 * Pausing a queue with a reason, and letting it go on.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { QueueView } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useAct } from '../../api/use-act.ts';
import { useCommands } from '../../shell/commands.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

/** A button, for those who may. */
export function Pause({ view }: { readonly view: QueueView }): JSX.Element | null {
  const { queue, isPaused } = view;
  const words = useWords().queue.pause;
  const may = useMay();
  const act = useAct();
  const [isAsking, setIsAsking] = useState(false);
  const isAllowed = may(isPaused ? 'queues.resume' : 'queues.pause', queue);
  const label = isPaused ? words.resume : words.act;
  const run = (): void => {
    if (!isPaused) setIsAsking(true);
    else void act('queues.resume', { queue }, { done: words.resumed(queue) }).catch(() => {});
  };
  useCommands(isAllowed ? [{ id: 'queue.pause', label, group: 'acts', key: 'P', run }] : []);
  if (!isAllowed) return null;
  return (
    <>
      <Button onClick={run}>{label}</Button>
      {isAsking && <PauseDialog view={view} onClose={() => setIsAsking(false)} />}
    </>
  );
}

function PauseDialog(props: {
  readonly view: QueueView;
  readonly onClose: () => void;
}): JSX.Element {
  const { queue, counts } = props.view;
  const words = useWords().queue.pause;
  const { number } = useFormats();
  const act = useAct();
  const [reason, setReason] = useState('');
  const waiting = (counts.waiting ?? 0) + (counts.prioritized ?? 0);
  const pause = (): Promise<unknown> => {
    const input = reason.trim() === '' ? { queue } : { queue, reason: reason.trim() };
    return act('queues.pause', input, { done: words.done(queue), isShownElsewhere: true });
  };
  return (
    <Confirm title={words.title(queue)} does={words.act} onConfirm={pause} onClose={props.onClose}>
      <p>{words.says(number(waiting))}</p>
      <label class="field">
        {words.reason}
        <input
          value={reason}
          maxLength={500}
          autocomplete="off"
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        <span class="hint">{words.reasonHint}</span>
      </label>
    </Confirm>
  );
}
