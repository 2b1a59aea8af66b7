/**
 * Everything at a glance: what is wrong first, then every queue.
 */
import type { JSX } from 'preact';
import { Link } from 'wouter-preact';
import type { OverviewRow } from '../../../../src/operations/views.ts';
import { useLive } from '../../live/use-live.ts';
import { to } from '../../shell/paths.ts';
import { HealthBadge } from '../../ui/badge.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';

const COLUMNS: readonly Column<OverviewRow>[] = [
  { id: 'queue', head: 'Queue', cell: ({ queue }) => <Link href={to.queue(queue)}>{queue}</Link> },
  { id: 'health', head: 'Health', cell: ({ health }) => <HealthBadge health={health} /> },
];

const keyOf = ({ queue }: OverviewRow): string => queue;

/** The first screen. */
export function Overview(): JSX.Element {
  const words = useWords().overview;
  const rows = useLive((live) => live.rows);
  const isReady = useLive(({ state }) => state.takenAt !== null);
  return (
    <Screen title={words.title} isReady={isReady}>
      <DataTable caption={words.title} columns={COLUMNS} rows={rows} keyOf={keyOf} />
    </Screen>
  );
}
