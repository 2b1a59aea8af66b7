/**
 * What can be done with the queues that are selected: hold them, or let them go on. Only those are touched, and undone,
 * for which that changes anything: what others have paused keeps its reason.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useApi } from '../../api/api.tsx';
import { useMay } from '../../api/me.tsx';
import { useAct } from '../../api/use-act.ts';
import { type Command, useCommands } from '../../shell/commands.tsx';
import { useToast } from '../../shell/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Meter } from '../../ui/meter.tsx';
import type { Selection } from '../../ui/selection.ts';
import { useWords } from '../../words/words.tsx';

const WHATS = ['queues.pause', 'queues.resume'] as const;
type What = (typeof WHATS)[number];

/** What is asked about. */
interface Asked {
  readonly what: What;
  /** Those that it changes, with why they are paused now. */
  readonly changing: readonly { readonly queue: string; readonly pausedFor: string | null }[];
  /** How many of those that are selected are so already. */
  readonly alike: number;
}

/** A bar; nothing while no queue is selected. */
export function SelectedQueues({
  selection,
}: {
  readonly selection: Selection;
}): JSX.Element | null {
  const { overview: words, shell } = useWords();
  const { live } = useApi();
  const may = useMay();
  const [asked, setAsked] = useState<Asked | null>(null);
  const queues = [...selection.keys].filter((queue) => may('queues.pause', queue));
  const ask = (what: What): void => {
    const isPaused = what === 'queues.pause';
    // As they are now, also while what is shown is held.
    const changing = queues
      .filter((queue) => live.row(queue)?.isPaused !== isPaused)
      .map((queue) => ({ queue, pausedFor: live.row(queue)?.pausedFor ?? null }));
    setAsked({ what, changing, alike: queues.length - changing.length });
  };
  const acts: readonly Command[] = WHATS.map((what) => ({
    ...{ id: what, label: words.acts[what], group: 'acts' },
    key: what === 'queues.pause' ? 'P' : 'U',
    run: () => ask(what),
  }));
  const clear: Command = {
    ...{ id: 'rows.clear', label: words.clear, group: 'rows', key: 'Escape', isForKeyOnly: true },
    run: selection.clear,
  };
  useCommands(queues.length === 0 ? [] : [...acts, clear]);
  if (selection.keys.size === 0) return null;
  return (
    <div class="card row" role="toolbar" aria-label={words.selected}>
      <strong>{shell.selected(selection.keys.size)}</strong>
      {queues.length > 0 &&
        WHATS.map((what) => (
          <Button key={what} size="small" onClick={() => ask(what)}>
            {words.acts[what]}
          </Button>
        ))}
      <Button size="small" tone="plain" onClick={selection.clear}>
        {words.clear}
      </Button>
      {asked && <Question {...asked} onDone={selection.clear} onClose={() => setAsked(null)} />}
    </div>
  );
}

function Question(
  props: Asked & { readonly onDone: () => void; readonly onClose: () => void },
): JSX.Element {
  const { what, changing, alike, onDone, onClose } = props;
  const words = useWords().overview;
  const act = useAct();
  const toast = useToast();
  const [reason, setReason] = useState('');
  const [done, setDone] = useState<ReadonlySet<string>>(new Set());
  const count = changing.length;
  const undo = async (): Promise<void> => {
    const back = what === 'queues.pause' ? 'queues.resume' : 'queues.pause';
    const undone = changing.map(({ queue, pausedFor }) =>
      act(back, withReason(back, queue, pausedFor)),
    );
    // What went wrong has been said.
    await Promise.allSettled(undone);
  };
  const confirm = async (): Promise<void> => {
    const through = new Set(done);
    for (const { queue } of changing.filter((each) => !done.has(each.queue))) {
      await act(what, withReason(what, queue, reason.trim()), { isShownElsewhere: true });
      through.add(queue);
      setDone(new Set(through));
    }
    toast(words.done[what](count), 'good', { label: words.undo, run: () => void undo() });
    onDone();
  };
  return (
    <Confirm
      title={words.acts[what]}
      does={words.does[what](count)}
      isReady={count > 0}
      onConfirm={confirm}
      onClose={onClose}
    >
      {count > 0 && <p>{words.says[what](count)}</p>}
      <p class="mono small">{changing.map(({ queue }) => queue).join(', ')}</p>
      {alike > 0 && <p class="muted">{words.alreadySo[what](alike)}</p>}
      {what === 'queues.pause' && (
        <label class="field">
          {words.reason}
          <input value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
          <span class="hint">{words.reasonHint}</span>
        </label>
      )}
      {done.size > 0 && <Meter value={done.size / count} words={`${done.size} / ${count}`} />}
    </Confirm>
  );
}

function withReason(what: What, queue: string, reason: string | null) {
  return what === 'queues.pause' && reason ? { queue, reason } : { queue };
}
