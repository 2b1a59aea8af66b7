/**
 * The figures of a chart as a table, newest first: for those who do not see the plot, and for those who want to be sure.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useFormats, useWords } from '../words/words.tsx';
import type { ChartLine } from './chart-line.ts';

/** The table; it is made when somebody opens it. */
export function ChartTable(props: {
  readonly caption: string;
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly write: (value: number | null) => string;
}): JSX.Element {
  const { caption, times, lines, write } = props;
  const words = useWords().shell;
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details class="small" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary class="muted">{words.asTable}</summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        <section class="table-scroll chart-table" aria-label={caption} tabIndex={0}>
          <table class="table">
            <caption class="hidden-visually">{caption}</caption>
            <thead>
              <tr>
                <th scope="col">{words.chart.time}</th>
                {lines.map(({ label }) => (
                  <th key={label} scope="col" class="number">
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {times.map((_, i) => (
                <Row key={i} index={times.length - 1 - i} {...{ times, lines, write }} />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}

function Row(props: {
  readonly index: number;
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly write: (value: number | null) => string;
}): JSX.Element {
  const { index, times, lines, write } = props;
  const { time } = useFormats();
  const at = times[index]!;
  return (
    <tr>
      <th scope="row">
        <time dateTime={new Date(at).toISOString()}>{time(at)}</time>
      </th>
      {lines.map(({ label, values }) => (
        <td key={label} class="number">
          {write(values[index] ?? null)}
        </td>
      ))}
    </tr>
  );
}
