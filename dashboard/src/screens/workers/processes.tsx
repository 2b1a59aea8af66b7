/**
 * The processes of the fleet: version, load, connections, what they work on; each can be told to take no new jobs.
 */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { WorkerView } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { to } from '../../shell/paths.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Meter } from '../../ui/meter.tsx';
import { Ago } from '../../ui/moment.tsx';
import type { Words } from '../../words/en/index.ts';
import { type Formats, UNKNOWN } from '../../words/formats.ts';
import { useFormats, useWords } from '../../words/words.tsx';
import { QuietDialog } from './quiet-dialog.tsx';

const keyOf = ({ id }: WorkerView): string => id;

/** A table. */
export function Processes({ workers }: { readonly workers: readonly WorkerView[] }): JSX.Element {
  const words = useWords().workers;
  const formats = useFormats();
  const may = useMay();
  const [asked, setAsked] = useState<WorkerView | null>(null);
  const mayQuiet = may('workers.quiet', null);
  const columns = useMemo(
    () => [...processColumns(words, formats), ...(mayQuiet ? [actColumn(words, setAsked)] : [])],
    [words, formats, mayQuiet],
  );
  const versions = [...new Set(workers.flatMap(({ appVersion }) => appVersion ?? []))];
  return (
    <section class="stack" aria-labelledby="processes">
      <h2 id="processes">{words.processes}</h2>
      {versions.length > 1 && <p>{words.severalVersions(versions.sort().join(', '))}</p>}
      <DataTable
        caption={words.processes}
        {...{ columns, keyOf }}
        rows={workers}
        empty={words.noProcesses}
      />
      {asked && <QuietDialog worker={asked} onClose={() => setAsked(null)} />}
    </section>
  );
}

function processColumns(words: Words['workers'], formats: Formats): readonly Column<WorkerView>[] {
  const { number } = formats;
  const { columns: heads } = words;
  return [
    {
      ...{ id: 'id', head: heads.process },
      cell: ({ id, host, pid, name, address }) => (
        <span title={id}>
          {host === null ? (name ?? address ?? id) : `${host}:${pid ?? UNKNOWN}`}
        </span>
      ),
    },
    {
      ...{ id: 'state', head: heads.state, width: '110px' },
      cell: ({ isQuiet, quietFor, quietBy, from }) =>
        isQuiet || quietBy !== null ? (
          <Badge tone="warn" hint={words.quietBecause(quietBy, quietFor)}>
            {isQuiet ? words.quiet : words.goingQuiet}
          </Badge>
        ) : (
          <Badge tone={from === 'measured' ? 'good' : 'quiet'}>
            {from === 'measured' ? words.working : words.seen}
          </Badge>
        ),
    },
    {
      ...{ id: 'queues', head: heads.queues, isWideOnly: true },
      cell: ({ queues }) =>
        queues.map(({ queue, slots, active }, i) => (
          <span key={queue}>
            {i > 0 && ', '}
            <Link href={to.queue(queue)}>{queue}</Link>{' '}
            <span class="muted small">
              {number(active)}/{number(slots)}
            </span>
          </span>
        )),
    },
    {
      ...{ id: 'load', head: heads.load, width: '200px', isWideOnly: true },
      cell: ({ load }) => <Load load={load} words={words} share={formats.share} />,
    },
    {
      ...{ id: 'version', head: heads.version, width: '120px', isWideOnly: true },
      cell: ({ appVersion, version }) => (
        <span title={words.drover(version ?? UNKNOWN)}>{appVersion ?? version ?? UNKNOWN}</span>
      ),
    },
    {
      ...{ id: 'connections', head: heads.connections, isNumber: true, width: '70px' },
      ...{ isWideOnly: true, cell: ({ connections }) => number(connections) },
    },
    {
      ...{ id: 'seen', head: heads.lastSeen, width: '110px' },
      cell: ({ lastSeenAt }) => <Ago at={lastSeenAt} />,
    },
  ];
}

function actColumn(words: Words['workers'], ask: (worker: WorkerView) => void): Column<WorkerView> {
  return {
    ...{ id: 'acts', head: words.columns.acts, width: '120px' },
    // Workers without Drover hear nobody.
    cell: (worker) =>
      worker.from === 'measured' && (
        <Button size="small" onClick={() => ask(worker)}>
          {worker.quietBy === null ? words.makeQuiet : words.resume}
        </Button>
      ),
  };
}

/** Busy shares from here on are warned of. */
const BUSY = 0.8;

function Load(props: {
  readonly load: WorkerView['load'];
  readonly words: Words['workers'];
  readonly share: Formats['share'];
}): JSX.Element {
  const { load, words, share } = props;
  const parts = [
    [words.load.cpu, load.cpuRatio],
    [words.load.loop, load.loopRatio],
    [words.load.memory, load.memoryRatio],
  ] as const;
  const known = parts.filter((part): part is readonly [string, number] => part[1] !== null);
  if (known.length === 0) return <>{UNKNOWN}</>;
  return (
    <span class="row" style={{ flexWrap: 'nowrap', gap: '4px' }}>
      {known.map(([name, ratio]) => (
        <Meter
          key={name}
          value={ratio}
          tone={ratio > BUSY ? 'warn' : undefined}
          words={`${name} ${share(ratio)}`}
        />
      ))}
    </span>
  );
}
