/**
 * Dead letters by cause: what fails, how often, where and since when. What came last stands first.
 */
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { useLocation, useSearchParams } from 'wouter-preact';
import type { FailureGroup } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useAsk } from '../../api/use-ask.ts';
import { useCommands } from '../../shell/commands.tsx';
import { to } from '../../shell/paths.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Screen } from '../../ui/screen.tsx';
import { useSelection } from '../../ui/selection.ts';
import { useSteadyRows } from '../../ui/steady-rows.ts';
import { Tabs } from '../../ui/tabs.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { GROUP_ACTS, isPossible, useGroupActs } from './group-acts.ts';
import { useGroupColumns } from './group-columns.tsx';
import { QueueChoice } from './queue-choice.tsx';
import './dead-letters.css';

/** As many as the server gives. */
const MOST = 500;
const EVERY_MS = 5_000;

/** Which states each tab shows. */
const TABS = {
  open: ['open', 'regressed'],
  resolved: ['resolved'],
  ignored: ['ignored'],
} as const satisfies Record<string, readonly FailureGroup['state'][]>;
type TabName = keyof typeof TABS;

const keyOf = ({ fingerprint }: FailureGroup): string => fingerprint;
const nameOf = ({ type, message }: FailureGroup): string => `${type}: ${message}`;

/** The groups. */
export default function DeadLetters(): JSX.Element {
  const words = useWords().deadLetters;
  const shell = useWords().shell;
  const { number } = useFormats();
  const may = useMay();
  const [, go] = useLocation();
  const [search] = useSearchParams();
  const queue = search.get('queue') ?? undefined;
  const wanted = search.get('state') ?? '';
  const tab: TabName = Object.hasOwn(TABS, wanted) ? (wanted as TabName) : 'open';
  const { data, error, refetch } = useAsk(
    'groups.list',
    { ...(queue !== undefined && { queue }), limit: MOST },
    { everyMs: EVERY_MS, keepsLast: true },
  );
  const ofTab = useMemo(() => data?.filter((group) => isIn(tab, group)), [data, tab]);
  const { rows, fresh, show } = useSteadyRows(ofTab, keyOf, `${tab} ${queue}`);
  const selection = useSelection();
  useEffect(() => selection.clear(), [tab, queue]);
  const selected = rows.filter(({ fingerprint }) => selection.has(fingerprint));
  const columns = useGroupColumns(queue);
  const change = useGroupActs();
  const canSet = may('groups.set');
  const offered = canSet ? GROUP_ACTS.filter(({ act }) => TAB_OFFERS[tab].includes(act)) : [];
  const set = (act: (typeof GROUP_ACTS)[number]['act']): void => {
    selection.clear();
    void change(
      act,
      selected.filter((group) => isPossible(act, group)),
    );
  };
  useCommands(
    selected.length === 0
      ? []
      : offered.map(({ act, key }) => ({
          ...({ id: `groups.${act}`, label: words.acts[act], group: 'acts', key } as const),
          run: () => set(act),
        })),
  );
  return (
    <Screen
      title={words.title}
      isReady={data !== undefined}
      error={error}
      onRetry={() => void refetch()}
      actions={<QueueChoice queue={queue} onChoose={(each) => go(to.deadLetters(each, tab))} />}
    >
      <Tabs
        label={words.states}
        tabs={(Object.keys(TABS) as TabName[]).map((name) => ({
          href: to.deadLetters(queue, name === 'open' ? undefined : name),
          isCurrent: name === tab,
          label: (
            <>
              {words.tabs[name]}{' '}
              <span class="muted">
                {number(data?.filter((group) => isIn(name, group)).length ?? null)}
              </span>
            </>
          ),
        }))}
      />
      <div class="stack">
        <div class="dl-table-line">
          {selected.length > 0 ? (
            <>
              <span>{shell.selected(selected.length)}</span>
              {offered.map(({ act }) => (
                <Button key={act} size="small" onClick={() => set(act)}>
                  {words.acts[act]}
                </Button>
              ))}
              <Button size="small" tone="plain" onClick={() => selection.clear()}>
                {words.selectNone}
              </Button>
            </>
          ) : (
            <span class="muted small">{words.says[tab]}</span>
          )}
          {fresh > 0 && (
            <Button size="small" onClick={show}>
              {shell.newRows(number(fresh))}
            </Button>
          )}
        </div>
        <DataTable
          caption={words.caption[tab]}
          columns={columns}
          rows={rows}
          keyOf={keyOf}
          nameOf={nameOf}
          selection={canSet ? selection : undefined}
          onOpen={({ fingerprint }) => go(to.group(fingerprint, queue))}
          empty={words.empty[tab](queue ?? null)}
        />
        {data?.length === MOST && <p class="muted small">{words.most(number(MOST))}</p>}
      </div>
    </Screen>
  );
}

/** What may be made of the groups of a tab. */
const TAB_OFFERS: Readonly<Record<TabName, readonly string[]>> = {
  open: ['resolve', 'ignore'],
  resolved: ['reopen'],
  ignored: ['reopen'],
};

function isIn(tab: TabName, { state }: FailureGroup): boolean {
  return (TABS[tab] as readonly string[]).includes(state);
}
