/**
 * When a scheduler runs, in words; the pattern itself when the pointer rests on it.
 */
import type { JSX } from 'preact';
import type { SchedulerRow } from '../../../../src/operations/views.ts';
import { useFormats, useWords } from '../../words/words.tsx';

type Timed = Pick<SchedulerRow, 'words' | 'pattern' | 'everyMs' | 'timeZone'>;

/** The words. */
export function Schedule({ row }: { readonly row: Timed }): JSX.Element {
  const words = useWords().schedulers;
  const { duration } = useFormats();
  const { pattern, everyMs } = row;
  if (everyMs !== null) return <>{words.every(duration(everyMs))}</>;
  if (pattern === null) return <span class="muted">{words.unreadable}</span>;
  return (
    <span title={pattern} lang="en">
      {row.words}
    </span>
  );
}
