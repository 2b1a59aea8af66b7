/**
 * Bulk actions, the newest first: what is done to how many, by whom, and how far it is.
 */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import type { BulkView } from '../../../../src/operations/views.ts';
import { useAsk } from '../../api/use-ask.ts';
import { to } from '../../shell/paths.ts';
import { Button } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Ago } from '../../ui/moment.tsx';
import { Screen } from '../../ui/screen.tsx';
import { useSteadyRows } from '../../ui/steady-rows.ts';
import { UNKNOWN } from '../../words/formats.ts';
import { useFormats, useWords } from '../../words/words.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { dealtWith, isActive } from './bulk-progress.ts';
import { BulkState } from './bulk-state.tsx';
import './bulk.css';

/** As many as the server gives. */
const MOST = 200;
const EVERY_MS = 5_000;
const EVERY_MS_WHILE_ACTIVE = 1_000;

const keyOf = ({ id }: BulkView): string => id;

/** The list. */
export default function Bulk(): JSX.Element {
  const words = useWords().bulk;
  const shell = useWords().shell;
  const { number } = useFormats();
  const [, go] = useLocation();
  const { data, error, refetch } = useAsk(
    'bulk.list',
    { limit: MOST },
    { everyMs: (last) => (last?.some(isActive) ? EVERY_MS_WHILE_ACTIVE : EVERY_MS) },
  );
  const { rows, fresh, show } = useSteadyRows(data, keyOf, '');
  const columns = useColumns();
  return (
    <Screen
      title={words.title}
      isReady={data !== undefined}
      error={error}
      onRetry={() => void refetch()}
    >
      <div class="stack">
        <div class="row">
          <span class="muted small">{words.says}</span>
          {fresh > 0 && (
            <Button size="small" onClick={show}>
              {shell.newRows(number(fresh))}
            </Button>
          )}
        </div>
        <DataTable
          caption={words.title}
          columns={columns}
          rows={rows}
          keyOf={keyOf}
          onOpen={({ id }) => go(to.bulkAction(id))}
          empty={words.empty}
        />
        {data?.length === MOST && <p class="muted small">{words.most(number(MOST))}</p>}
      </div>
    </Screen>
  );
}

function useColumns(): readonly Column<BulkView>[] {
  const words = useWords().bulk;
  const { number, duration } = useFormats();
  return useMemo((): readonly Column<BulkView>[] => {
    const { columns } = words;
    return [
      {
        ...{ id: 'what', head: columns.what, width: '20%' },
        cell: ({ id, kind, queue, to: other }) => (
          <Link href={to.bulkAction(id)}>{words.what[kind](queue, other ?? '')}</Link>
        ),
      },
      {
        ...{ id: 'filter', head: columns.filter, isWideOnly: true },
        cell: ({ filter }) => (
          <span class={filter === null ? 'muted' : 'mono'} title={filter ?? undefined}>
            {filter === null ? words.chosen : filter || words.everything}
          </span>
        ),
      },
      {
        ...{ id: 'by', head: columns.by, width: '11%', isWideOnly: true },
        cell: ({ actor }) => actor || UNKNOWN,
      },
      {
        ...{ id: 'state', head: columns.state, width: '140px' },
        cell: ({ state, reason }) => <BulkState state={state} reason={reason} />,
      },
      {
        ...{ id: 'progress', head: columns.progress, width: '120px' },
        cell: (view) => (
          <div class="bulk-far">
            <span class="small">{words.ofTotal(number(dealtWith(view)), number(view.total))}</span>
            <BulkBar view={view} />
          </div>
        ),
      },
      {
        ...{ id: 'started', head: columns.started, width: '136px', isWideOnly: true },
        cell: ({ createdAt }) => <Ago at={createdAt} />,
      },
      {
        ...{ id: 'took', head: columns.took, width: '90px', isNumber: true, isWideOnly: true },
        cell: ({ startedAt, finishedAt }) =>
          duration(startedAt !== null && finishedAt !== null ? finishedAt - startedAt : null),
      },
    ];
  }, [words, number, duration]);
}
