/**
 * The slots of a pool over time, and below it the jobs that were there when they were decided.
 */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { DecisionView, PoolView } from '../../../../src/operations/views.ts';
import { useApi } from '../../api/api.tsx';
import { Chart } from '../../ui/chart.tsx';
import type { ChartLine } from '../../ui/chart-line.ts';
import { useWords } from '../../words/words.tsx';
import { poolSteps } from './pool-steps.ts';

/** One chart, or with `withLoad` two. */
export function PoolPlot(props: {
  readonly pool: PoolView;
  readonly decisions: readonly DecisionView[];
  readonly lastMs: number;
  readonly withLoad?: boolean;
}): JSX.Element {
  const { pool, decisions, lastMs, withLoad = false } = props;
  const words = useWords().pools;
  const { live } = useApi();
  const drawn = useMemo(() => {
    const now = Date.now() + live.state.clockAhead;
    const steps = poolSteps(pool, decisions, { from: now - lastMs, now });
    const slots: readonly ChartLine[] = [
      { label: words.target, tint: 1, drawnAs: 'steps', values: steps.target },
      { label: words.current, tint: 3, values: steps.current },
      { label: words.most, tint: 4, drawnAs: 'level', values: steps.max },
    ];
    const load: readonly ChartLine[] = [{ label: words.load, tint: 5, values: steps.load }];
    return { times: steps.times, slots, load };
  }, [pool, decisions, lastMs, words, live]);
  const group = `pool ${pool.queue}`;
  const { times, slots, load } = drawn;
  return (
    <>
      <Chart
        title={words.plot}
        unit="count"
        lines={slots}
        {...{ times, group }}
        note={words.plotNote}
      />
      {withLoad && (
        <Chart
          title={words.backlogPlot}
          unit="count"
          lines={load}
          {...{ times, group }}
          empty={words.noDecisions}
        />
      )}
    </>
  );
}
