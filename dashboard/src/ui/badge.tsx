/**
 * A word in a coloured pill. Its shape says the same as its colour, for those who do not see colours.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useWords } from '../words/words.tsx';

/** How good or bad something is. */
export type Tone = 'good' | 'warn' | 'bad' | 'quiet';

/** Circle, triangle, cross, dash. */
const SHAPES: Readonly<Record<Tone, string>> = {
  good: 'M5 0a5 5 0 1 0 .01 0z',
  warn: 'M5 0 10 9.5H0z',
  bad: 'M1.5 0 5 3.5 8.5 0 10 1.5 6.5 5 10 8.5 8.5 10 5 6.5 1.5 10 0 8.5 3.5 5 0 1.5z',
  quiet: 'M0 4h10v2.4H0z',
};

/** A pill. */
export function Badge(props: {
  readonly tone: Tone;
  readonly children: ComponentChildren;
  readonly hint?: string | undefined;
}): JSX.Element {
  return (
    <span class="badge" data-tone={props.tone} title={props.hint}>
      <svg viewBox="0 0 10 10" aria-hidden="true">
        <path d={SHAPES[props.tone]} fill="currentColor" />
      </svg>
      {props.children}
    </span>
  );
}

const TONES: Readonly<Record<string, Tone>> = {
  healthy: 'good',
  degraded: 'warn',
  'no-workers': 'bad',
  unhealthy: 'bad',
  stuck: 'bad',
  paused: 'quiet',
};

/** How bad the health of a queue is. */
export function toneOfHealth(health: string | null): Tone {
  return TONES[health ?? ''] ?? 'quiet';
}

/** The health of a queue. */
export function HealthBadge(props: {
  readonly health: string | null;
  readonly hint?: string | undefined;
}): JSX.Element {
  const words = useWords().shell.status;
  const name = props.health ?? 'unknown';
  const word = Object.hasOwn(words, name) ? words[name as keyof typeof words] : name;
  return (
    <Badge tone={toneOfHealth(props.health)} hint={props.hint}>
      {word}
    </Badge>
  );
}

const STATE_TONES: Readonly<Record<string, Tone>> = { completed: 'good', failed: 'bad' };

/** The state of a job. */
export function StateBadge(props: { readonly state: string }): JSX.Element {
  const words = useWords().shell.states;
  const { state } = props;
  const word = Object.hasOwn(words, state) ? words[state as keyof typeof words] : state;
  return <Badge tone={STATE_TONES[state] ?? (state === 'active' ? 'warn' : 'quiet')}>{word}</Badge>;
}
