/**
 * Moments and ages. An age counts on by itself; the full time is shown when the pointer rests on it.
 */
import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import { useNow } from '../live/now.ts';
import { UNKNOWN } from '../words/formats.ts';
import { useFormats, useWords } from '../words/words.tsx';

/** `3 min ago`, or `in 3 min`. */
export function Ago(props: { readonly at: number | null }): JSX.Element {
  const { at } = props;
  const words = useWords().shell;
  const { duration, fullTime } = useFormats();
  const make = useCallback(
    (now: number) => {
      if (at === null) return UNKNOWN;
      const ms = coarse(now - at);
      return ms >= 0 ? words.ago(duration(ms)) : words.inFuture(duration(-ms));
    },
    [at, words, duration],
  );
  const text = useNow(make);
  if (at === null) return <>{UNKNOWN}</>;
  return (
    <time dateTime={new Date(at).toISOString()} title={fullTime(at)}>
      {text}
    </time>
  );
}

/** How long something goes on already: `3 min 20 s`, or `3 min` where there is little room. */
export function Age(props: {
  readonly since: number | null;
  readonly isBrief?: boolean;
}): JSX.Element {
  const { since, isBrief = false } = props;
  const { duration, brief } = useFormats();
  const write = isBrief ? brief : duration;
  const make = useCallback(
    (now: number) => (since === null ? UNKNOWN : write(Math.max(0, coarse(now - since)))),
    [since, write],
  );
  return <>{useNow(make)}</>;
}

/** A moment, written out. */
export function Time(props: { readonly at: number | null }): JSX.Element {
  const { time, fullTime } = useFormats();
  if (props.at === null) return <>{UNKNOWN}</>;
  return (
    <time dateTime={new Date(props.at).toISOString()} title={fullTime(props.at)}>
      {time(props.at)}
    </time>
  );
}

/** Whole seconds; nobody reads the rest as it runs. */
function coarse(ms: number): number {
  return Math.trunc(ms / 1_000) * 1_000;
}
