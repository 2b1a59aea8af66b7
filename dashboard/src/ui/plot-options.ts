/**
 * How uPlot is to draw the lines of a chart: colours of the theme, axes in our words, gaps where nothing is known.
 */
import uPlot from 'uplot';
import { type ChartLine, dashOf, topOf } from './chart-line.ts';

/** What it takes. */
export interface PlotWishes {
  readonly lines: readonly ChartLine[];
  readonly width: number;
  readonly height: number;
  /** The colour that a CSS value is now. */
  readonly colorOf: (css: string) => string;
  readonly writeTime: (at: number) => string;
  readonly writeValue: (value: number) => string;
  /** Distances of the lines across; undefined: as uPlot has them. */
  readonly steps?: readonly number[] | undefined;
  /** Plots with the same one show the same moment under the pointer. */
  readonly group: string;
  readonly onCursor: (index: number | null) => void;
}

/** Minutes at least, since the clock on the axis has no seconds: then hours, days. */
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * 60_000),
  ...[1, 2, 7, 14, 30].map((days) => days * 86_400_000),
];
const CHARACTER_PX = 7;
const LEAST_AXIS_PX = 34;
/** Of the area below a line. */
const SOFT = '16%';

/** The options. */
export function plotOptions(wishes: PlotWishes): uPlot.Options {
  const { lines, width, height, colorOf, onCursor } = wishes;
  const axis = {
    stroke: colorOf('var(--muted-foreground)'),
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
    grid: { stroke: colorOf('var(--border)'), width: 1 },
    ticks: { show: false },
  };
  return {
    ...{ width, height, ms: 1, padding: [8, 12, 0, 0], legend: { show: false } },
    scales: { x: { time: true }, y: { range: () => [0, topOf(lines) * 1.08 || 1] } },
    cursor: {
      y: false,
      drag: { x: false, y: false, setScale: false },
      sync: { key: wishes.group },
      points: { size: 7 },
    },
    axes: [
      {
        ...axis,
        size: 26,
        space: 64,
        incrs: TIME_STEPS,
        values: (_, at) => at.map(wishes.writeTime),
      },
      {
        ...axis,
        space: 30,
        ...(wishes.steps && { incrs: [...wishes.steps] }),
        size: (_, values) =>
          Math.max(LEAST_AXIS_PX, 14 + CHARACTER_PX * Math.max(0, ...(values ?? []).map(lengthOf))),
        values: (_, at) => at.map(wishes.writeValue),
      },
    ],
    series: [{}, ...lines.map((line, i) => toSeries(line, i, colorOf))],
    hooks: { setCursor: [({ cursor: { idx } }) => onCursor(idx ?? null)] },
  };
}

function toSeries(line: ChartLine, place: number, colorOf: PlotWishes['colorOf']): uPlot.Series {
  const color = `var(--chart-${line.tint})`;
  const stroke = colorOf(color);
  return {
    ...{ label: line.label, stroke, dash: [...dashOf(line, place)] },
    width: line.drawnAs === 'level' ? 1 : 1.75,
    ...(line.drawnAs === 'area' && {
      fill: colorOf(`color-mix(in srgb, ${color} ${SOFT}, transparent)`),
    }),
    ...(line.drawnAs === 'steps' && { paths: uPlot.paths.stepped!({ align: 1 }) }),
    points: { show: false, size: 4, fill: stroke, filter: () => lonely(line.values) },
  };
}

/** What is known between two gaps makes no line: it is drawn as a point. */
function lonely(values: readonly (number | null)[]): number[] {
  const isGap = (i: number): boolean => values[i] === null || values[i] === undefined;
  return [...values.keys()].filter((i) => !isGap(i) && isGap(i - 1) && isGap(i + 1));
}

function lengthOf(text: string | number | null): number {
  return String(text ?? '').length;
}
