/**
 * What could not be read, and why: it is said, since nothing shown does not mean nothing wrong.
 */
import type { JSX } from 'preact';
import { useWords } from '../../words/words.tsx';

/** A list; nothing when all could be read. */
export function Unverified({
  reasons,
}: {
  readonly reasons: readonly string[];
}): JSX.Element | null {
  const words = useWords().redis;
  if (reasons.length === 0) return null;
  return (
    <div class="muted small">
      <p>{words.unverified}</p>
      <ul>
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </div>
  );
}
