/** Charts, tables and averages: what is published must be what was simulated. */
import { describe, expect, it } from 'vitest';
import type { Figures } from './figures.ts';
import { averagesOf, drawsOf, type Run } from './matrix.ts';
import { paretoChart, paretoFront, type Standing, timelineCharts } from './plots.ts';
import { fixedSize } from './policies/static.ts';
import type { PolicyKind } from './policy.ts';
import { simulate } from './simulate.ts';
import { drawCharts } from './svg-chart.ts';
import { standingsTable, workloadTable } from './text-tables.ts';
import { partOf, workloadOf } from './workload.ts';

const setting = { startSeconds: 3, startCost: 5 };

function standing(name: string, violatedPercent: number, cost: number): Standing {
  const kind = { ...fixedSize(1), name, family: name.split(' ')[0]! } satisfies PolicyKind;
  return { kind, averages: { ...averagesOf([run({ violatedPercent, cost })]) } };
}

function run(figures: Partial<Figures>, isAveraged = true): Run {
  const none = { violatedPercent: 0, latePercent: 0, waitP50Seconds: 0, waitP95Seconds: 0 };
  const rest = { waitP99Seconds: 0, slotSeconds: 0, cost: 1, startsPerHour: 0, peak: 1 };
  const last = { reversalsPerHour: 0, interrupted: 0, reactionSeconds: 0, recoverySeconds: 0 };
  const workload = workloadOf('made up', [{ readyAt: 0, serviceSeconds: 1 }], { isAveraged });
  return { workload, seed: 7, figures: { ...none, ...rest, ...last, ...figures } };
}

describe('averages', () => {
  it('are means, of the cost the geometric one, over the runs that count', () => {
    const runs = [
      run({ violatedPercent: 1, cost: 1, waitP95Seconds: 2 }),
      run({ violatedPercent: 4, cost: 4, waitP95Seconds: 3 }),
      run({ violatedPercent: 90, cost: 90, interrupted: 1 }, false),
    ];
    expect(averagesOf(runs)).toMatchObject({
      ...{ violatedPercent: 2.5, cost: 2, worstCost: 4, waitP95Seconds: 2.5, runs: 2 },
      // Interrupted jobs count wherever they are.
      interrupted: 1,
    });
  });

  it('are over every workload once for each seed, and the trace', () => {
    const trace = workloadOf('trace', [{ readyAt: 0, serviceSeconds: 1 }]);
    const draws = drawsOf([1, 2], trace, ['longjobs', 'onoff']);
    expect(draws.map(({ workload, seed }) => `${workload.name} ${seed}`)).toEqual([
      ...['longjobs 1', 'longjobs 2', 'onoff 1', 'onoff 2', 'trace null'],
    ]);
    expect(() => drawsOf([1], null, ['nothing'])).toThrow('there is no workload "nothing"');
  });
});

describe('the Pareto front', () => {
  const all = [
    standing('slow 1', 10, 1.1),
    standing('slow 2', 0, 3),
    standing('beaten', 10, 1.2),
    standing('good', 0, 1.5),
  ];

  it('has those that none beats on both counts', () => {
    expect(paretoFront(all).map(({ kind }) => kind.name)).toEqual(['good', 'slow 1']);
  });

  it('is drawn with a line for each rival over its knob', () => {
    const { series } = paretoChart(all, setting);
    expect(series.map(({ name }) => name)).toEqual(['slow', 'beaten', 'good']);
    expect(series[0]!.points.map(([violated]) => violated)).toEqual([0, 10]);
    expect(series[0]!.points[1]![1]).toBeCloseTo(1.1, 9);
  });

  it('is a table too, best first', () => {
    const names = standingsTable(all)
      .split('\n')
      .map((line) => line.split('  ')[0]);
    expect(names).toEqual(['policy', 'good', 'slow 2', 'slow 1', 'beaten']);
  });
});

describe('charts', () => {
  it('show target, slots and waits of a run', () => {
    const workload = workloadOf('naps & more', [
      { readyAt: 0, serviceSeconds: 8 },
      { readyAt: 1, serviceSeconds: 2 },
      { readyAt: 40, serviceSeconds: 1 },
    ]);
    const outcome = simulate(workload, fixedSize(1), { setting, seed: 1, hasTimeline: true });
    const charts = timelineCharts(outcome, 'static <1>');
    expect(charts[1]!.series[0]!.points).toEqual([
      [0, 7],
      [30, 0],
    ]);
    const svg = drawCharts(charts);
    expect(svg).toMatch(/^<svg [^>]+>[\s\S]+<\/svg>\n$/);
    expect(svg).toContain('naps &amp; more, slots start in 3 s: static &lt;1&gt;');
    expect(svg).not.toContain('NaN');
  });

  it('can be of nothing', () => {
    const chart = { title: 'none', xName: 'x', yName: 'y', series: [] };
    expect(drawCharts([chart, { ...chart, isYLogarithmic: true }])).not.toContain('NaN');
  });
});

describe('the table of workloads', () => {
  it('has a line for each draw and a column for each policy', () => {
    const runs = [run({ cost: 1.234 }), run({ violatedPercent: 50 }, false)];
    const lines = workloadTable([{ name: 'ours', runs }]).split('\n');
    expect(lines[1]).toMatch(/^made up 7 +0\.0 \/ 1\.23 \/ 0\.0$/);
    expect(lines[2]).toMatch(/^made up 7 \(apart\) +50\.0/);
  });
});

describe('a part of a workload', () => {
  it('begins at its beginning, with the delayed jobs that are due in it', () => {
    const jobs = [1, 5, 6, 9].map((readyAt) => ({
      ...{ readyAt, serviceSeconds: readyAt, isDelayed: readyAt > 5 },
    }));
    const { readyAt, serviceSeconds, dueAt, horizonSeconds } = partOf(workloadOf('w', jobs), 5, 4);
    expect([...readyAt]).toEqual([0, 1]);
    expect([...serviceSeconds]).toEqual([5, 6]);
    expect([...dueAt]).toEqual([1]);
    expect(horizonSeconds).toBe(4);
    expect(partOf(workloadOf('w', jobs), 100, 4).readyAt).toHaveLength(0);
  });
});
