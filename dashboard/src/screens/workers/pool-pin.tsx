/**
 * Sets the target of a pool by hand for a time, and takes that off again.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { PoolView } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useAct } from '../../api/use-act.ts';
import { useCommands } from '../../shell/commands.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

/** Buttons, for those who may. */
export function PoolPin({ pool }: { readonly pool: PoolView }): JSX.Element | null {
  const { queue, pin } = pool;
  const words = useWords().pools.pin;
  const may = useMay();
  const act = useAct();
  const [isAsking, setIsAsking] = useState(false);
  const isAllowed = may('pools.pin', queue);
  const ask = (): void => setIsAsking(true);
  const unpin = (): void =>
    void act('pools.unpin', { queue }, { done: words.removed }).catch(() => {});
  useCommands(
    isAllowed
      ? [
          { id: 'pool.pin', label: words.title(queue), group: 'acts', key: 'S', run: ask },
          ...(pin
            ? ([
                { id: 'pool.unpin', label: words.remove, group: 'acts', key: 'U', run: unpin },
              ] as const)
            : []),
        ]
      : [],
  );
  if (!isAllowed) return null;
  return (
    <span class="row">
      <Button onClick={ask}>{words.act}</Button>
      {pin && <Button onClick={unpin}>{words.remove}</Button>}
      {isAsking && <PinDialog pool={pool} onClose={() => setIsAsking(false)} />}
    </span>
  );
}

function PinDialog(props: { readonly pool: PoolView; readonly onClose: () => void }): JSX.Element {
  const { queue, max, target, current } = props.pool;
  const words = useWords().pools.pin;
  const { number } = useFormats();
  const act = useAct();
  const [slots, setSlots] = useState(String(target ?? current ?? max));
  const [span, setSpan] = useState('1h');
  const [reason, setReason] = useState('');
  const wanted = slots.trim() === '' ? Number.NaN : Number(slots);
  const isReady = Number.isSafeInteger(wanted) && wanted >= 0 && wanted <= max;
  const pin = (): Promise<unknown> => {
    const why = reason.trim() === '' ? {} : { reason: reason.trim() };
    return act(
      'pools.pin',
      { queue, slots: wanted, for: span.trim(), ...why },
      { done: words.done(number(wanted)), isShownElsewhere: true },
    );
  };
  return (
    <Confirm
      title={words.title(queue)}
      does={words.does}
      onConfirm={pin}
      onClose={props.onClose}
      isReady={isReady && span.trim() !== ''}
    >
      <p>{words.says(number(target))}</p>
      <label class="field">
        {words.slots}
        <input
          type="number"
          min={0}
          max={max}
          value={slots}
          onInput={(event) => setSlots(event.currentTarget.value)}
        />
        <span class="hint">{words.slotsHint(number(max))}</span>
      </label>
      <label class="field">
        {words.for}
        <input value={span} onInput={(event) => setSpan(event.currentTarget.value)} />
        <span class="hint">{words.forHint}</span>
      </label>
      <label class="field">
        {words.reason}
        <input
          value={reason}
          maxLength={500}
          autocomplete="off"
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
    </Confirm>
  );
}
