/**
 * How fast a queue may go in the whole fleet: jobs in a span of time, and jobs at once.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { QueueView } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useAct } from '../../api/use-act.ts';
import { useCommands } from '../../shell/commands.tsx';
import { useToast } from '../../shell/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { ConcurrencyDialog, RateDialog } from './limit-dialogs.tsx';

/** Both limits, with what may be done about them. */
export function Limits({ view }: { readonly view: QueueView }): JSX.Element {
  const { queue, rateLimit, globalConcurrency, limitedForMs } = view;
  const words = useWords().queue.limits;
  const { number, duration } = useFormats();
  const may = useMay();
  const act = useAct();
  const toast = useToast();
  const [asked, setAsked] = useState<'rate' | 'concurrency' | null>(null);
  const isAllowed = may('queues.limit', queue);
  const offerUndo = (says: string, undo: () => Promise<unknown>): void =>
    toast(says, 'good', { label: words.undo, run: () => void undo().catch(() => {}) });
  const unlimit = (): void => {
    if (!rateLimit) return;
    const before = { queue, max: rateLimit.max, duration: `${rateLimit.durationMs}ms` };
    const undo = () => act('queues.limit', before, { done: words.rateSet });
    void act('queues.unlimit', { queue }).then(
      () => offerUndo(words.rateRemoved, undo),
      () => {},
    );
  };
  const unbind = (): void => {
    const before = { queue, concurrency: globalConcurrency };
    const undo = () => act('queues.concurrency', before, { done: words.concurrencySet });
    void act('queues.concurrency', { queue, concurrency: null }).then(
      () => offerUndo(words.concurrencyRemoved, undo),
      () => {},
    );
  };
  useCommands(
    isAllowed
      ? [
          command('rate', words.setRate, 'L', () => setAsked('rate')),
          command('concurrency', words.setConcurrency, 'G', () => setAsked('concurrency')),
          ...(rateLimit ? [command('unlimit', words.removeRate, 'K', unlimit)] : []),
          ...(globalConcurrency === null
            ? []
            : [command('unbind', words.removeConcurrency, 'H', unbind)]),
        ]
      : [],
  );
  return (
    <section class="card" aria-label={words.title}>
      <h2>{words.title}</h2>
      <dl class="pairs limits">
        <dt>{words.rate}</dt>
        <dd>
          <span>
            {rateLimit
              ? words.rateIs(number(rateLimit.max), duration(rateLimit.durationMs))
              : words.noRate}
            {!!limitedForMs && (
              <span class="muted small"> {words.heldFor(duration(limitedForMs))}</span>
            )}
          </span>
          {isAllowed && (
            <SetAndRemove
              set={words.setRate}
              remove={rateLimit ? words.removeRate : null}
              onSet={() => setAsked('rate')}
              onRemove={unlimit}
            />
          )}
        </dd>
        <dt>{words.concurrency}</dt>
        <dd>
          <span>
            {globalConcurrency === null
              ? words.noRate
              : words.concurrencyIs(number(globalConcurrency))}
          </span>
          {isAllowed && (
            <SetAndRemove
              set={words.setConcurrency}
              remove={globalConcurrency === null ? null : words.removeConcurrency}
              onSet={() => setAsked('concurrency')}
              onRemove={unbind}
            />
          )}
        </dd>
      </dl>
      {asked === 'rate' && <RateDialog view={view} onClose={() => setAsked(null)} />}
      {asked === 'concurrency' && <ConcurrencyDialog view={view} onClose={() => setAsked(null)} />}
    </section>
  );
}

function SetAndRemove(props: {
  readonly set: string;
  readonly remove: string | null;
  readonly onSet: () => void;
  readonly onRemove: () => void;
}): ComponentChildren {
  const words = useWords().queue.limits;
  return (
    <span class="row">
      <Button size="small" label={props.set} onClick={props.onSet}>
        {words.set}
      </Button>
      {props.remove !== null && (
        <Button size="small" label={props.remove} onClick={props.onRemove}>
          {words.remove}
        </Button>
      )}
    </span>
  );
}

function command(id: string, label: string, key: string, run: () => void) {
  return { id: `queue.${id}`, label, group: 'acts', key, run } as const;
}
