/**
 * Deaths in each of the last 24 hours, as bars, with a table of the same for whoever does not see them.
 */
import type { JSX } from 'preact';
import { useNow } from '../../live/now.ts';
import { useFormats, useWords } from '../../words/words.tsx';

const HOUR_MS = 3_600_000;
const HEIGHT = 56;
const STEP = 12;
const BAR = 9;

/** @param counts oldest first; the last one is the running hour */
export function Hours({ counts }: { readonly counts: readonly number[] }): JSX.Element {
  const words = useWords().deadLetters;
  const { clock, number } = useFormats();
  const hour = Number(useNow((now) => String(Math.floor(now / HOUR_MS))));
  const most = Math.max(1, ...counts);
  const startOf = (i: number): number => (hour - counts.length + 1 + i) * HOUR_MS;
  const width = counts.length * STEP;
  return (
    <figure class="dl-hours">
      <svg
        viewBox={`0 0 ${width} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={words.hours.caption}
      >
        {counts.map((count, i) => {
          const height = count === 0 ? 1 : Math.max(3, (count / most) * (HEIGHT - 2));
          return (
            <rect
              key={startOf(i)}
              x={i * STEP}
              y={HEIGHT - height}
              width={BAR}
              height={height}
              data-none={count === 0}
            >
              <title>{words.hours.bar(clock(startOf(i)), number(count))}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption class="muted small dl-hours-axis">
        <span>{clock(startOf(0))}</span>
        <span>{words.hours.most(number(Math.max(...counts, 0)))}</span>
        <span>{words.hours.now}</span>
      </figcaption>
      <table class="hidden-visually">
        <caption>{words.hours.caption}</caption>
        <tbody>
          {counts.map((count, i) => (
            <tr key={startOf(i)}>
              <th scope="row">{clock(startOf(i))}</th>
              <td>{number(count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
