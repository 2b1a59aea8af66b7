/**
 * The slowest commands, with the script and the queue they belong to.
 */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { SlowCommand } from '../../../../src/operations/views.ts';
import { useAsk } from '../../api/use-ask.ts';
import { to } from '../../shell/paths.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Ago } from '../../ui/moment.tsx';
import { Problem } from '../../ui/problem.tsx';
import { UNKNOWN } from '../../words/formats.ts';
import { useFormats, useWords } from '../../words/words.tsx';
import { Unverified } from './unverified.tsx';

const MOST = 128;

/** A table. */
export function SlowCommands(): JSX.Element {
  const words = useWords().redis;
  const { duration } = useFormats();
  const { data, error, refetch } = useAsk('redis.slowlog', { limit: MOST });
  const rows = useMemo(
    () => (data?.rows ?? []).map((row, i) => ({ ...row, id: `${row.at} ${i}` })),
    [data],
  );
  const columns = useMemo((): readonly Column<SlowCommand>[] => {
    const { columns: heads } = words;
    return [
      {
        ...{ id: 'took', head: heads.took, isNumber: true, width: '100px' },
        cell: (row) => duration(row.tookMicroseconds / 1_000),
      },
      {
        id: 'command',
        head: heads.command,
        cell: (row) => <span class="mono">{row.command}</span>,
      },
      { id: 'script', head: heads.script, cell: (row) => row.script ?? UNKNOWN, isWideOnly: true },
      {
        ...{ id: 'queue', head: heads.queue, isWideOnly: true },
        cell: ({ queue }) =>
          queue === null ? UNKNOWN : <Link href={to.queue(queue)}>{queue}</Link>,
      },
      { id: 'client', head: heads.client, cell: (row) => row.client ?? UNKNOWN, isWideOnly: true },
      { id: 'at', head: heads.at, cell: (row) => <Ago at={row.at} />, width: '120px' },
    ];
  }, [words, duration]);
  return (
    <div class="stack">
      {error && <Problem error={error} onRetry={() => void refetch()} />}
      {data && (
        <DataTable
          caption={words.tabs.slow}
          {...{ columns, rows }}
          keyOf={(row) => (row as { id?: string }).id ?? ''}
          empty={words.nothingSlow}
        />
      )}
      <Unverified reasons={data?.unverified ?? []} />
    </div>
  );
}
