/**
 * Everything at a glance: what is wrong first, then every queue.
 */
import './overview.css';
import type { JSX } from 'preact';
import { useCallback, useMemo, useRef } from 'preact/hooks';
import { useLocation, useSearchParams } from 'wouter-preact';
import type { OverviewRow } from '../../../../src/operations/views.ts';
import { isAway } from '../../live/live-store.ts';
import { useLive } from '../../live/use-live.ts';
import { useCommands } from '../../shell/commands.tsx';
import { to } from '../../shell/paths.ts';
import { DataTable, type Sorting } from '../../ui/data-table.tsx';
import { Screen } from '../../ui/screen.tsx';
import { useSelection } from '../../ui/selection.ts';
import { useFormats, useWords } from '../../words/words.tsx';
import { type Arrangement, arrange, type QueueGroup } from './arrange.ts';
import { Problems } from './problems.tsx';
import { queueColumns } from './queue-columns.tsx';
import { SelectedQueues } from './selected-queues.tsx';
import { Totals } from './totals.tsx';
import { useSteadyOrder } from './use-steady-order.ts';

const keyOf = ({ queue }: OverviewRow): string => queue;
const GROUPS = ['none', 'health', 'prefix'] as const;

/** The first screen. */
export function Overview(): JSX.Element {
  const all = useWords();
  const { overview: words, shell } = all;
  const formats = useFormats();
  const [, go] = useLocation();
  const [wishes, setWishes] = useWishes();
  const rows = useLive((live) => live.rows);
  const isKnown = useLive(({ state }) => state.takenAt !== null);
  // The banners say then why nothing is known.
  const isTold = useLive(({ state }) => isAway(state) || state.problem !== null);
  const selection = useSelection();
  const search = useRef<HTMLInputElement>(null);
  const columns = useMemo(() => queueColumns(all, formats), [all, formats]);
  const wanted = useMemo(() => arrange(rows, wishes), [rows, wishes]);
  const { shown, watch } = useSteadyOrder(wanted, JSON.stringify(wishes), (kept) =>
    refreshed(kept, rows),
  );
  const nothing = !isKnown ? words.notKnown : rows.length === 0 ? words.noQueues : words.noneMatch;
  const open = useCallback(({ queue }: OverviewRow) => go(to.queue(queue)), [go]);
  useCommands([
    {
      ...({ id: 'search', label: shell.general.search, group: 'general', key: '/' } as const),
      run: () => search.current?.focus(),
    },
  ]);
  return (
    <Screen title={words.title} isReady={isKnown || isTold}>
      <div class="stack">
        <Problems rows={rows} />
        <Totals />
        <search class="wishes">
          <label class="field">
            {words.find}
            <input
              ref={search}
              type="search"
              value={wishes.text}
              onInput={(event) => setWishes({ find: event.currentTarget.value })}
            />
          </label>
          <label class="field">
            {words.columns.health}
            <select
              value={wishes.health ?? ''}
              onChange={(event) => setWishes({ health: event.currentTarget.value })}
            >
              <option value="">{words.all}</option>
              {Object.entries(shell.status).map(([health, word]) => (
                <option key={health} value={health}>
                  {word}
                </option>
              ))}
            </select>
          </label>
          <label class="field">
            {words.group}
            <select
              value={wishes.group}
              onChange={(event) => setWishes({ group: event.currentTarget.value })}
            >
              {GROUPS.map((group) => (
                <option key={group} value={group}>
                  {words.groups[group]}
                </option>
              ))}
            </select>
          </label>
        </search>
        <SelectedQueues selection={selection} />
        <div class="stack" {...watch}>
          {shown.map(({ name, rows: members }) => (
            <section key={name ?? ''} class="stack" aria-label={name ?? words.title}>
              {name !== null && (
                <h2>
                  {Object.hasOwn(shell.status, name)
                    ? shell.status[name as keyof typeof shell.status]
                    : name}{' '}
                  <span class="muted">{formats.number(members.length)}</span>
                </h2>
              )}
              <DataTable
                caption={name ?? words.title}
                rows={members}
                {...{ columns, keyOf, selection }}
                onOpen={open}
                sorting={wishes.sorting}
                onSort={({ column, isDescending }) =>
                  setWishes({ sort: `${isDescending ? '-' : ''}${column}` })
                }
                empty={nothing}
              />
            </section>
          ))}
        </div>
      </div>
    </Screen>
  );
}

/** The wishes are in the address: `?find=mails&health=unhealthy&group=prefix&sort=-waiting`. */
function useWishes(): [Arrangement, (change: Readonly<Record<string, string>>) => void] {
  const [params, setParams] = useSearchParams();
  const address = params.toString();
  const wishes = useMemo((): Arrangement => {
    const sort = params.get('sort') ?? '-health';
    const group = params.get('group') ?? 'none';
    const sorting: Sorting = { column: sort.replace(/^-/, ''), isDescending: sort.startsWith('-') };
    return {
      ...{ text: params.get('find') ?? '', health: params.get('health') || null, sorting },
      group: GROUPS.find((each) => each === group) ?? 'none',
    };
  }, [address]);
  const change = (fields: Readonly<Record<string, string>>): void =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(fields))
          value === '' || value === 'none' ? next.delete(name) : next.set(name, value);
        return next;
      },
      { replace: true },
    );
  return [wishes, change];
}

/** The same queues in the same places, with their newest figures. */
function refreshed(
  groups: readonly QueueGroup[],
  rows: readonly OverviewRow[],
): readonly QueueGroup[] {
  const newest = new Map(rows.map((row) => [row.queue, row]));
  return groups.map(({ name, rows: members }) => ({
    name,
    rows: members.flatMap(({ queue }) => newest.get(queue) ?? []),
  }));
}
