/**
 * What a queue did over time: what finished, what came in, how long jobs waited and ran. The span and the name of the jobs
 * are in the address.
 */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { useSearchParams } from 'wouter-preact';
import { useAsk } from '../../api/use-ask.ts';
import { Chart } from '../../ui/chart.tsx';
import { Problem } from '../../ui/problem.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { HistoryHead } from './history-head.tsx';
import { provenanceOf, RANGES, rangeOf, toLines } from './history-lines.ts';

/** Minutes are merged some seconds after they are over. */
const EVERY_MS = 15_000;
const LONG_EVERY_MS = 60_000;

/** The charts. `objectiveMs`: what is promised of the wait. */
export function History(props: {
  readonly queue: string;
  readonly objectiveMs: number | null;
}): JSX.Element {
  const { queue, objectiveMs } = props;
  const words = useWords().queue.history;
  const { number, time, duration } = useFormats();
  const [address] = useSearchParams();
  const range = rangeOf(address.get('range'));
  const jobName = address.get('name');
  const { resolution, every, stepMs } = RANGES[range];
  const { data, error, refetch } = useAsk(
    'metrics.history',
    { queue, last: range, resolution, every, ...(jobName !== null && { jobName }) },
    { everyMs: range === '1h' ? EVERY_MS : LONG_EVERY_MS, keepsLast: true },
  );
  const figures = data?.figures;
  const lines = useMemo(
    () => (figures ? toLines(figures, objectiveMs, words) : null),
    [figures, objectiveMs, words],
  );
  const from = useMemo(() => figures && provenanceOf(figures), [figures]);
  const group = `queue ${queue}`;
  return (
    <section class="card stack" aria-label={words.title}>
      <HistoryHead {...{ range, jobName }} names={data?.jobNames ?? []} />
      {error !== null && !data && <Problem error={error} onRetry={() => void refetch()} />}
      {data && !from && <p class="empty">{words.nothing}</p>}
      {data && from && lines && (
        <>
          <p class="muted small">
            {[
              from.isDerived ? words.derived : words.measured,
              words.step(duration(stepMs)),
              ...(from.beginsAt === null ? [] : [words.begins(time(from.beginsAt))]),
              ...(from.hasGaps ? [words.gaps] : []),
              ...(data.unreadable > 0 ? [words.unreadable(number(data.unreadable))] : []),
            ].join(' ')}
          </p>
          <div class="charts">
            <Chart
              title={words.finished}
              unit="rate"
              lines={lines.finished}
              {...{ group }}
              times={lines.times}
            />
            <Chart
              title={words.flow}
              unit="rate"
              lines={lines.flow}
              times={lines.times}
              group={group}
              note={jobName === null ? undefined : words.noArrivals}
            />
            <Chart
              title={words.wait}
              unit="duration"
              lines={lines.wait}
              times={lines.times}
              group={group}
              note={words.noRetries}
            />
            <Chart
              title={words.run}
              unit="duration"
              lines={lines.run}
              times={lines.times}
              group={group}
            />
          </div>
        </>
      )}
    </section>
  );
}
