/**
 * Why a pool has the slots it has, as a sentence; by whom it is pinned, and what holds it.
 */
import type { JSX } from 'preact';
import type { PoolView } from '../../../../src/operations/views.ts';
import { Ago } from '../../ui/moment.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

/** The sentences. */
export function PoolWhy({ pool }: { readonly pool: PoolView }): JSX.Element {
  const { pin, reason, frozenFor } = pool;
  const words = useWords().pools;
  const { number } = useFormats();
  return (
    <div>
      <p>{reason ?? words.noReason}</p>
      {frozenFor !== null && <p class="frozen">{words.frozen(frozenFor)}</p>}
      {pin && (
        <p>
          <strong>{words.pinned(number(pin.slots))}</strong>
          {pin.by !== null && ` ${words.pinnedBy(pin.by)}`}, {words.pinEnds} <Ago at={pin.until} />
          {pin.reason !== null && `: ${pin.reason}`}
        </p>
      )}
    </div>
  );
}
