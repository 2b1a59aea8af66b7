/**
 * The pools: how many slots each has, is to have and may have, and why.
 */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import type { PoolView } from '../../../../src/operations/views.ts';
import { to } from '../../shell/paths.ts';
import { Badge } from '../../ui/badge.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Meter } from '../../ui/meter.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

const keyOf = ({ queue }: PoolView): string => queue;

/** A table. */
export function Pools({ pools }: { readonly pools: readonly PoolView[] }): JSX.Element {
  const { workers: words, pools: shared } = useWords();
  const { number } = useFormats();
  const [, go] = useLocation();
  const columns = useMemo((): readonly Column<PoolView>[] => {
    const { columns: heads } = words;
    return [
      {
        ...{ id: 'queue', head: heads.queue, width: '180px' },
        cell: ({ queue }) => <Link href={to.pool(queue)}>{queue}</Link>,
      },
      {
        ...{ id: 'slots', head: heads.slots, width: '190px' },
        cell: ({ current, target, max }) => (
          <>
            <Meter
              value={(current ?? 0) / max}
              words={words.slotsOf(number(current), number(max))}
            />{' '}
            {number(current)}
            {target !== null && target !== current && ` → ${number(target)}`}
          </>
        ),
      },
      {
        ...{ id: 'bounds', head: heads.bounds, width: '90px', isWideOnly: true },
        cell: ({ min, max }) => `${number(min)} – ${number(max)}`,
      },
      {
        ...{ id: 'mode', head: heads.mode, width: '140px', isWideOnly: true },
        cell: ({ mode, pin, frozenFor }) =>
          pin ? (
            <Badge tone="warn">{words.pinned}</Badge>
          ) : frozenFor !== null ? (
            <Badge tone="warn" hint={frozenFor}>
              {words.frozen}
            </Badge>
          ) : (
            shared.modes[mode]
          ),
      },
      {
        ...{ id: 'reason', head: heads.why, isWideOnly: true },
        cell: ({ reason, frozenFor }) => (
          <span title={reason ?? ''}>{frozenFor ?? reason ?? words.undecided}</span>
        ),
      },
    ];
  }, [words, shared, number]);
  return (
    <section class="stack" aria-labelledby="pools">
      <h2 id="pools">{words.pools}</h2>
      <DataTable
        caption={words.pools}
        {...{ columns, keyOf }}
        rows={pools}
        onOpen={({ queue }) => go(to.pool(queue))}
        empty={words.noPools}
      />
    </section>
  );
}
