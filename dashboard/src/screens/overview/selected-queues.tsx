/**
 * What can be done with the queues that are selected: hold them, or let them go on.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useApi } from '../../api/api.tsx';
import { useMay } from '../../api/me.tsx';
import { type Command, useCommands } from '../../shell/commands.tsx';
import { useToast } from '../../shell/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Meter } from '../../ui/meter.tsx';
import type { Selection } from '../../ui/selection.ts';
import { useWords } from '../../words/words.tsx';

const WHATS = ['queues.pause', 'queues.resume'] as const;
type What = (typeof WHATS)[number];

/** A bar; nothing while no queue is selected. */
export function SelectedQueues({
  selection,
}: {
  readonly selection: Selection;
}): JSX.Element | null {
  const { overview: words, shell } = useWords();
  const { client } = useApi();
  const may = useMay();
  const toast = useToast();
  const [asked, setAsked] = useState<What | null>(null);
  const [reason, setReason] = useState('');
  const [done, setDone] = useState<number | null>(null);
  const queues = [...selection.keys].filter((queue) => may('queues.pause', queue));
  const acts: readonly Command[] = WHATS.map((what) => ({
    ...{ id: what, label: words.acts[what], group: 'acts' },
    key: what === 'queues.pause' ? 'P' : 'U',
    run: () => setAsked(what),
  }));
  const clear: Command = {
    ...{ id: 'rows.clear', label: words.clear, group: 'rows', key: 'Escape', isForKeyOnly: true },
    run: selection.clear,
  };
  useCommands(queues.length === 0 ? [] : [...acts, clear]);
  if (selection.keys.size === 0) return null;
  const act = async (what: What): Promise<void> => {
    try {
      for (const [i, queue] of queues.entries()) {
        setDone(i);
        await client.call(what, what === 'queues.pause' && reason ? { queue, reason } : { queue });
      }
      const back: What = what === 'queues.pause' ? 'queues.resume' : 'queues.pause';
      toast(words.done[what](queues.length), 'good', {
        label: words.undo,
        run: () => void Promise.all(queues.map((queue) => client.call(back, { queue }))),
      });
      selection.clear();
    } finally {
      setDone(null);
    }
  };
  return (
    <div class="card row" role="toolbar" aria-label={words.selected}>
      <strong>{shell.selected(selection.keys.size)}</strong>
      {queues.length > 0 &&
        WHATS.map((what) => (
          <Button key={what} size="small" onClick={() => setAsked(what)}>
            {words.acts[what]}
          </Button>
        ))}
      <Button size="small" tone="plain" onClick={selection.clear}>
        {words.clear}
      </Button>
      {asked && (
        <Confirm
          title={words.acts[asked]}
          does={words.does[asked](queues.length)}
          onConfirm={() => act(asked)}
          onClose={() => setAsked(null)}
        >
          <p>{words.says[asked](queues.length)}</p>
          <p class="mono small">{queues.join(', ')}</p>
          {asked === 'queues.pause' && (
            <label class="field">
              {words.reason}
              <input value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
              <span class="hint">{words.reasonHint}</span>
            </label>
          )}
          {done !== null && (
            <Meter value={done / queues.length} words={`${done} / ${queues.length}`} />
          )}
        </Confirm>
      )}
    </div>
  );
}
