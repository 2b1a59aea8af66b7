/**
 * How far a bulk action is, as a bar of three parts: done, failed, left as they are.
 */
import type { JSX } from 'preact';
import type { BulkView } from '../../../../src/operations/views.ts';
import { useFormats, useWords } from '../../words/words.tsx';
import { skippedOf } from './bulk-progress.ts';

/** A bar. What it shows is told in words as well. */
export function BulkBar(props: {
  readonly view: BulkView;
  readonly isLarge?: boolean;
}): JSX.Element {
  const { view, isLarge = false } = props;
  const words = useWords().bulk;
  const { number } = useFormats();
  const { total, done, failed } = view;
  const skipped = skippedOf(view);
  const said = words.bar(number(done), number(failed), number(skipped), number(total));
  const part = (count: number): { width: string } => ({
    width: `${total > 0 ? Math.min(100, (100 * count) / total) : 0}%`,
  });
  return (
    <span class="bulk-bar" data-large={isLarge} role="img" aria-label={said} title={said}>
      <span data-part="done" style={part(done)} />
      <span data-part="failed" style={part(failed)} />
      <span data-part="skipped" style={part(skipped)} />
    </span>
  );
}
