/**
 * A chart over time: a plot, what its lines are and their values under the pointer, and the same figures as a table.
 *
 * What is not known is a gap, never 0. Lines differ in colour and in their dashes.
 */
import './chart.css';
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useFormats, useWords } from '../words/words.tsx';
import {
  type ChartLine,
  type ChartUnit,
  dashOf,
  isKnown,
  lastKnown,
  topOf,
  writerOf,
} from './chart-line.ts';
import { ChartTable } from './chart-table.tsx';
import { lazyScreen } from './lazy-screen.tsx';

const Plot = lazyScreen(() => import('./plot.tsx'));

interface ChartProps {
  readonly title: string;
  /** Epoch ms, ascending. The same array while nothing has changed: another one is drawn anew. */
  readonly times: readonly number[];
  /** At most seven; the same array while nothing has changed. */
  readonly lines: readonly ChartLine[];
  readonly unit: ChartUnit;
  /** Charts of one group show the same moment under the pointer. */
  readonly group: string;
  /** Where the figures come from, and what is not in them. */
  readonly note?: ComponentChildren;
  /** Said when nothing is known. */
  readonly empty?: string;
}

/** A chart. */
export function Chart(props: ChartProps): JSX.Element {
  const { title, times, lines, unit, group, note } = props;
  const words = useWords().shell.chart;
  const formats = useFormats();
  const [cursor, setCursor] = useState<number | null>(null);
  const write = writerOf(unit, formats);
  const index = cursor !== null && cursor < times.length ? cursor : lastKnown(times, lines);
  const at = times[index];
  const top = topOf(lines);
  const valueAt = ({ values }: ChartLine): number | null => values[index] ?? null;
  const says = lines.map((line) => `${line.label} ${write(valueAt(line))}`).join(', ');
  return (
    <figure class="chart">
      <figcaption class="chart-head">
        <h3>{title}</h3>
        <span class="muted small">{at !== undefined && formats.time(at)}</span>
      </figcaption>
      <ul class="chart-legend">
        {lines.map((line, i) => (
          <li key={line.label}>
            <svg viewBox="0 0 24 8" aria-hidden="true">
              <line
                {...{ x1: 0, y1: 4, x2: 24, y2: 4 }}
                stroke={`var(--chart-${line.tint})`}
                stroke-width="2"
                stroke-dasharray={dashOf(line, i).join(' ')}
              />
            </svg>
            <span>{line.label}</span>
            <strong>{write(valueAt(line))}</strong>
            {line.drawnAs === 'level' && (valueAt(line) ?? 0) > top && (
              <span class="muted">{words.beyond}</span>
            )}
          </li>
        ))}
      </ul>
      <div class="chart-plot">
        {isKnown(lines) ? (
          <Plot
            {...{ times, lines, unit, group, index }}
            label={words.readBy(title)}
            says={at === undefined ? says : `${formats.time(at)}: ${says}`}
            onCursor={setCursor}
          />
        ) : (
          <p class="empty">{props.empty ?? words.unknown}</p>
        )}
      </div>
      {note && <p class="chart-note muted small">{note}</p>}
      <ChartTable caption={title} {...{ times, lines, write }} />
    </figure>
  );
}
