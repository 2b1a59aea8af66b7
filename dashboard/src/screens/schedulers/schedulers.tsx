/**
 * The screen “Schedulers”: those of all queues, or of one, the next to run first.
 */
import './schedulers.css';
import type { JSX } from 'preact';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { useLocation, useSearchParams } from 'wouter-preact';
import type { SchedulerRow } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useLive } from '../../live/use-live.ts';
import { useCommands } from '../../shell/commands.tsx';
import { to } from '../../shell/paths.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Screen } from '../../ui/screen.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { toColumns } from './columns.tsx';
import { EditScheduler } from './edit-scheduler.tsx';
import { QueueFilter } from './queue-filter.tsx';
import { useSchedulers } from './use-schedulers.ts';

const keyOf = ({ queue, id }: SchedulerRow): string => `${queue} ${id}`;
const nameOf = ({ queue, id }: SchedulerRow): string => `${id}, ${queue}`;

/** The screen. */
export default function Schedulers(): JSX.Element {
  const words = useWords().schedulers;
  const formats = useFormats();
  const { number } = formats;
  const may = useMay();
  const [, go] = useLocation();
  const [params] = useSearchParams();
  const queue = params.get('queue') ?? undefined;
  const { rows, total, isComplete, error, retry } = useSchedulers(queue);
  const [isNew, setIsNew] = useState(false);
  const withQueue = queue === undefined;
  const withEnds = rows?.some(({ endsAt }) => endsAt !== null) ?? false;
  const columns = useMemo(
    () => toColumns({ words, formats, withQueue, withEnds }),
    [words, formats, withQueue, withEnds],
  );
  const open = useCallback((row: SchedulerRow) => go(to.scheduler(row.queue, row.id)), [go]);
  const canAdd = useLive((live) =>
    live.rows.some((row) => may('schedulers.set', row.queue) && (!queue || row.queue === queue)),
  );
  useCommands(
    canAdd
      ? [
          {
            ...({ id: 'schedulers.new', label: words.make, group: 'acts', key: 'N' } as const),
            run: () => setIsNew(true),
          },
        ]
      : [],
  );
  return (
    <Screen
      title={words.title}
      actions={
        canAdd && (
          <Button tone="primary" hint={`${words.make} (N)`} onClick={() => setIsNew(true)}>
            {words.makeButton}
          </Button>
        )
      }
      isReady={rows !== undefined}
      error={error}
      onRetry={retry}
    >
      {rows && (
        <div class="stack">
          <div class="row">
            <QueueFilter queue={queue} onChoose={(next) => go(to.schedulers(next))} />
            <span class="muted small" role="status">
              {total > rows.length
                ? words.firstOf(number(rows.length), number(total))
                : words.count(number(total), total)}
              {!isComplete && ` ${words.incomplete}`}
            </span>
          </div>
          <DataTable
            caption={queue === undefined ? words.caption : words.captionOf(queue)}
            {...{ columns, rows, keyOf, nameOf, onOpen: open, total }}
            empty={queue === undefined ? words.none : words.noneIn(queue)}
          />
        </div>
      )}
      {isNew && <EditScheduler queue={queue} scheduler={null} onClose={() => setIsNew(false)} />}
    </Screen>
  );
}
