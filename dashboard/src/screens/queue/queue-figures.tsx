/**
 * How a queue stands at this moment, in figures. The oldest waiting job is always there: by all other figures a queue
 * that has come to a halt looks idle.
 */
import type { ComponentChildren, JSX } from 'preact';
import { Link } from 'wouter-preact';
import type { OverviewRow, QueueView } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useAsk } from '../../api/use-ask.ts';
import { to } from '../../shell/paths.ts';
import { Age } from '../../ui/moment.tsx';
import { UNKNOWN } from '../../words/formats.ts';
import { useFormats, useWords } from '../../words/words.tsx';

const EVERY_MS = 15_000;
const SCHEDULERS_EVERY_MS = 60_000;
const MOST_SCHEDULERS = 100;

/** The figures. */
export function QueueFigures(props: {
  readonly view: QueueView;
  readonly row: OverviewRow | undefined;
}): JSX.Element {
  const { view, row } = props;
  const { queue } = view;
  const { figures: words, from } = useWords().queue;
  const { number, rate, share } = useFormats();
  const may = useMay();
  const oldestAt = row?.oldestWaitingAt ?? null;
  const workers = row?.workers ?? view.workers;
  const counts = row?.counts ?? view.counts;
  // Counts are newer than what else is known.
  const isEmpty = !counts.waiting && !counts.prioritized;
  return (
    <section class="card" aria-label={words.title}>
      <dl class="figures queue-figures">
        <Figure name={words.throughput} note={row && from[row.throughputFrom]}>
          {rate(row?.throughputPerMinute ?? null)}
        </Figure>
        <Figure name={words.errors}>{share(row?.errorRatio ?? null)}</Figure>
        <Figure name={words.oldest} note={isEmpty ? words.nothingWaits : undefined}>
          <Age since={isEmpty ? null : oldestAt} />
        </Figure>
        <Wait row={row} />
        <Drain {...{ queue, isEmpty }} />
        <Figure
          name={words.workers}
          note={row?.slots == null ? undefined : words.slots(number(row.slots))}
        >
          {number(workers)}
        </Figure>
        {may('deadLetters.list', queue) && (
          <Figure name={words.deadLetters}>
            <Link href={to.deadLetters(queue)}>{number(row?.deadLetters ?? null)}</Link>
          </Figure>
        )}
        <Schedulers queue={queue} />
        <Figure name={words.version} note={view.bullVersion ? undefined : words.noVersion}>
          {view.bullVersion?.replace(/^bullmq:/, '') ?? UNKNOWN}
        </Figure>
      </dl>
    </section>
  );
}

function Figure(props: {
  readonly name: string;
  readonly note?: string | undefined;
  readonly isBad?: boolean;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd data-bad={props.isBad}>
        {props.children}
        {props.note && <small>{props.note}</small>}
      </dd>
    </div>
  );
}

/** How long jobs wait, against what was promised. */
function Wait({ row }: { readonly row: OverviewRow | undefined }): JSX.Element {
  const words = useWords().queue.figures;
  const { duration } = useFormats();
  const [wait, objective] = [row?.waitP95Ms ?? null, row?.waitObjectiveMs ?? null];
  const isOver = wait !== null && objective !== null && wait > objective;
  const say = isOver ? words.over : words.promised;
  return (
    <Figure
      name={words.wait}
      isBad={isOver}
      note={objective === null ? undefined : say(duration(objective))}
    >
      {duration(wait)}
    </Figure>
  );
}

function Drain(props: { readonly queue: string; readonly isEmpty: boolean }): JSX.Element {
  const { queue, isEmpty } = props;
  const words = useWords().queue;
  const { duration } = useFormats();
  const { data } = useAsk('metrics.backlog', { queue }, { everyMs: EVERY_MS });
  const reason = isEmpty ? 'empty' : data?.reason;
  return (
    <Figure
      name={words.figures.drain}
      isBad={reason === 'stalled'}
      note={reason && words.drain[reason]}
    >
      {duration(reason === 'draining' ? (data?.drainMs ?? null) : null)}
    </Figure>
  );
}

function Schedulers({ queue }: { readonly queue: string }): JSX.Element {
  const words = useWords().queue;
  const { number } = useFormats();
  const { data } = useAsk(
    'schedulers.list',
    { queue, limit: MOST_SCHEDULERS },
    { everyMs: SCHEDULERS_EVERY_MS },
  );
  const count = number(data?.rows.length ?? null);
  return (
    <Figure name={words.figures.schedulers}>
      <Link href={to.schedulers(queue)}>{data?.next ? words.cleanUp.atLeast(count) : count}</Link>
    </Figure>
  );
}
