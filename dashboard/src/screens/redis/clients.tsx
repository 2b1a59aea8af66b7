/**
 * Connections to Redis, by application and role.
 */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { ClientGroup } from '../../../../src/operations/views.ts';
import { useAsk } from '../../api/use-ask.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Problem } from '../../ui/problem.tsx';
import { UNKNOWN } from '../../words/formats.ts';
import { useFormats, useWords } from '../../words/words.tsx';
import { Unverified } from './unverified.tsx';

const keyOf = ({ application, role, queue }: ClientGroup): string =>
  JSON.stringify([application, role, queue]);
/** The list of clients costs the server something. */
const EVERY_MS = 10_000;

/** A table. */
export function Clients(): JSX.Element {
  const words = useWords().redis;
  const { number, bytes, duration } = useFormats();
  const { data, error, refetch } = useAsk('redis.clients', {}, { everyMs: EVERY_MS });
  const columns = useMemo((): readonly Column<ClientGroup>[] => {
    const { columns: heads } = words;
    const seconds = (value: number): string => duration(value * 1_000);
    return [
      {
        id: 'application',
        head: heads.application,
        cell: (row) => row.application ?? words.unnamed,
      },
      { id: 'role', head: heads.role, cell: (row) => row.role ?? UNKNOWN, width: '110px' },
      { id: 'queue', head: heads.queue, cell: (row) => row.queue ?? UNKNOWN, isWideOnly: true },
      {
        ...{ id: 'count', head: heads.count, isNumber: true, width: '100px' },
        cell: (row) => number(row.count),
      },
      {
        ...{ id: 'processes', head: heads.processes, isNumber: true, isWideOnly: true },
        ...{ width: '100px', cell: (row) => number(row.processes) },
      },
      {
        ...{ id: 'hosts', head: heads.hosts, isWideOnly: true },
        cell: (row) => <span title={row.hosts.join(', ')}>{row.hosts.join(', ') || UNKNOWN}</span>,
      },
      {
        ...{ id: 'oldest', head: heads.oldest, isNumber: true, isWideOnly: true, width: '110px' },
        cell: (row) => seconds(row.oldestSeconds),
      },
      {
        ...{ id: 'idle', head: heads.idle, isNumber: true, isWideOnly: true, width: '110px' },
        cell: (row) => seconds(row.longestIdleSeconds),
      },
      {
        ...{ id: 'output', head: heads.output, isNumber: true, isWideOnly: true, width: '100px' },
        cell: (row) => bytes(row.outputBytes),
      },
    ];
  }, [words, number, bytes, duration]);
  return (
    <div class="stack">
      {error && <Problem error={error} onRetry={() => void refetch()} />}
      {data && (
        <DataTable caption={words.tabs.clients} {...{ columns, keyOf }} rows={data.rows ?? []} />
      )}
      <Unverified reasons={data?.unverified ?? []} />
    </div>
  );
}
