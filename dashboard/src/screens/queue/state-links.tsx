/**
 * How many jobs a queue has in each state; each leads to these jobs.
 */
import type { JSX } from 'preact';
import { Link } from 'wouter-preact';
import { to } from '../../shell/paths.ts';
import { useFormats, useWords } from '../../words/words.tsx';

/** As jobs go through them. */
const STATES = [
  ...(['waiting', 'prioritized', 'delayed', 'waiting-children', 'active'] as const),
  ...(['completed', 'failed'] as const),
];

/** The counts. */
export function StateLinks(props: {
  readonly queue: string;
  readonly counts: Readonly<Record<string, number>>;
}): JSX.Element {
  const { queue, counts } = props;
  const words = useWords();
  const { number } = useFormats();
  return (
    <nav aria-label={words.queue.states}>
      <ul class="state-links">
        {STATES.map((state) => (
          <li key={state} data-state={state} data-some={(counts[state] ?? 0) > 0}>
            <Link href={to.jobs(queue, state)}>
              <strong>{number(counts[state] ?? null)}</strong>
              <span>{words.shell.states[state]}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
