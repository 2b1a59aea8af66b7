/**
 * A share as a bar: how much of something is used or done.
 */
import type { JSX } from 'preact';

/** A bar. `value` is from 0 to 1; words say what it is of. */
export function Meter(props: {
  readonly value: number;
  readonly words: string;
  readonly tone?: 'warn' | 'bad' | undefined;
}): JSX.Element {
  const percent = Math.round(Math.min(1, Math.max(0, props.value)) * 100);
  return (
    <span
      class="meter"
      role="img"
      data-tone={props.tone}
      aria-label={props.words}
      title={props.words}
    >
      <span style={{ width: `${percent}%` }} />
    </span>
  );
}
