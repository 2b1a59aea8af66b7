/**
 * Line charts as SVG text: axes with a few round numbers, lines, dots, a legend. Nothing but strings.
 */

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly color: string;
  /** A dot on each point, with what it says when it is pointed at. */
  readonly labels?: readonly string[];
  readonly isStep?: boolean;
}

export interface Chart {
  readonly title: string;
  readonly xName: string;
  readonly yName: string;
  readonly series: readonly Series[];
  /** A level line, such as a promise. */
  readonly level?: { readonly y: number; readonly name: string };
  readonly isYLogarithmic?: boolean;
}

const WIDTH = 960;
const HEIGHT = 300;
const LEFT = 60;
const RIGHT = 230;
const TOP = 30;
const BOTTOM = 42;
const TICKS = 5;

export const COLORS: readonly string[] = [
  '#1f6feb',
  '#d1242f',
  '#1a7f37',
  '#9a6700',
  '#8250df',
  '#bf3989',
  '#57606a',
  '#0a7ea4',
  '#bc4c00',
  '#6639ba',
  '#116329',
];

/** One SVG document with the charts below each other. */
export function drawCharts(charts: readonly Chart[]): string {
  const bodies = charts.map(
    (chart, i) => `<g transform="translate(0 ${i * HEIGHT})">${drawChart(chart)}</g>`,
  );
  const height = charts.length * HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...bodies,
    '</svg>\n',
  ].join('\n');
}

interface Axis {
  readonly ticks: readonly number[];
  /** From a value to a share of the axis, 0 to 1. */
  place(value: number): number;
}

function drawChart({ title, xName, yName, series, level, isYLogarithmic }: Chart): string {
  const points = series.flatMap((line) => line.points);
  const ys = [...points.map(([, y]) => y), ...(level ? [level.y] : [])];
  const x = linearAxis(points.map(([at]) => at));
  const y = isYLogarithmic ? logarithmicAxis(ys) : linearAxis(ys);
  const left = (value: number): string =>
    (LEFT + x.place(value) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const top = (value: number): string =>
    (HEIGHT - BOTTOM - y.place(value) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  return [
    `<text x="${LEFT}" y="18" font-size="13" font-weight="bold">${escaped(title)}</text>`,
    ...x.ticks.map(
      (tick) =>
        `<text x="${left(tick)}" y="${HEIGHT - BOTTOM + 15}" text-anchor="middle">${tick}</text>`,
    ),
    ...y.ticks.map(
      (tick) =>
        `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${top(tick)}" y2="${top(tick)}" stroke="#d8dee4"/>` +
        `<text x="${LEFT - 6}" y="${top(tick)}" dy="4" text-anchor="end">${tick}</text>`,
    ),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escaped(xName)}</text>`,
    `<text transform="translate(14 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${escaped(yName)}</text>`,
    level === undefined
      ? ''
      : `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${top(level.y)}" y2="${top(level.y)}" stroke="#24292f" stroke-dasharray="4 3"/>` +
        `<text x="${WIDTH - RIGHT - 4}" y="${top(level.y)}" dy="-4" text-anchor="end">${escaped(level.name)}</text>`,
    // The first one lies above the others.
    ...series.map((line, i) => drawSeries(line, i, left, top)).reverse(),
  ].join('\n');
}

function drawSeries(
  { name, points, color, labels, isStep }: Series,
  index: number,
  left: (x: number) => string,
  top: (y: number) => string,
): string {
  const path = points
    .map(([x, y], i) => {
      const before = isStep && i > 0 ? ` H${left(x)}` : '';
      return `${before}${i === 0 ? 'M' : ' L'}${left(x)} ${top(y)}`;
    })
    .join('');
  const dots = (labels ?? []).map((label, i) => {
    const [x, y] = points[i]!;
    return `<circle cx="${left(x)}" cy="${top(y)}" r="4" fill="${color}"><title>${escaped(label)}</title></circle>`;
  });
  const row = TOP + 8 + index * 16;
  return [
    `<path d="${path}" fill="none" stroke="${color}" stroke-width="1.3"/>`,
    ...dots,
    `<rect x="${WIDTH - RIGHT + 14}" y="${row - 8}" width="10" height="10" fill="${color}"/>`,
    `<text x="${WIDTH - RIGHT + 30}" y="${row + 1}">${escaped(name)}</text>`,
  ].join('');
}

function linearAxis(values: readonly number[]): Axis {
  const greatest = values.reduce((most, value) => Math.max(most, value), 0) || 1;
  const step = roundUp(greatest / TICKS);
  const end = Math.ceil(greatest / step) * step;
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, i) => tidy(i * step));
  return { ticks, place: (value) => value / end };
}

function logarithmicAxis(values: readonly number[]): Axis {
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const greatest = values.reduce((a, b) => Math.max(a, b), 0);
  const ticks = [0.5, 1, 1.2, 1.5, 2, 3, 4, 6, 8, 10, 15, 20, 50, 100];
  const [low, high] = [
    ticks.findLast((tick) => tick <= least) ?? least,
    ticks.find((tick) => tick >= greatest) ?? greatest,
  ];
  return {
    ticks: ticks.filter((tick) => tick >= low && tick <= high),
    place: (value) => Math.log(value / low) / Math.log(high / low || Math.E),
  };
}

/** The next of 1, 2 and 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return tidy(([1, 2, 5].find((digit) => digit * power >= value) ?? 10) * power);
}

const tidy = (value: number): number => Number(value.toPrecision(6));

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
const escaped = (text: string): string => text.replace(/[&<>"]/g, (char) => ESCAPES[char]!);
