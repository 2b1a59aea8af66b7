/**
 * A line of a word's size. What is not known leaves a gap. Its words say what it shows.
 */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';

const WIDTH = 84;
const HEIGHT = 22;

/** A small line. */
export function Sparkline(props: {
  readonly values: readonly (number | null)[];
  /** For those who do not see it. */
  readonly words: string;
}): JSX.Element {
  const { values, words } = props;
  const path = useMemo(() => pathOf(values), [values]);
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words}>
      <title>{words}</title>
      <path d={path} />
    </svg>
  );
}

function pathOf(values: readonly (number | null)[]): string {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const step = WIDTH / Math.max(1, values.length - 1);
  let path = '';
  let isDown = false;
  for (const [i, value] of values.entries()) {
    if (value === null) {
      isDown = false;
      continue;
    }
    const y = HEIGHT - 1 - (value / most) * (HEIGHT - 2);
    path += `${isDown ? 'L' : 'M'}${(i * step).toFixed(1)} ${y.toFixed(1)}`;
    isDown = true;
  }
  return path;
}
