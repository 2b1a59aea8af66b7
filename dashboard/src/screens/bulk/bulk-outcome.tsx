/**
 * What did not go as planned: what was left and why, what failed, what ran without its parent, what an undo left.
 */
import type { JSX } from 'preact';
import type { BulkView, Skip } from '../../../../src/operations/views.ts';
import { useFormats, useWords } from '../../words/words.tsx';

/** A card. */
export function BulkOutcome({ view }: { readonly view: BulkView }): JSX.Element {
  const words = useWords().bulk;
  const skips = useWords().deadLetters.plan.skips;
  const { number } = useFormats();
  const { skipped, errors, failed, alone, undone, ran } = view;
  const left = Object.entries(skipped);
  const isClean = left.length === 0 && failed === 0 && alone === 0 && undone === 0 && ran === 0;
  return (
    <section class="card stack" aria-label={words.outcome.title}>
      <h2>{words.outcome.title}</h2>
      {isClean && <p class="muted">{words.outcome.clean}</p>}
      {left.length > 0 && (
        <div>
          <h3>{words.outcome.skipped}</h3>
          <dl class="pairs bulk-counts">
            {left.map(([skip, count]) => (
              <>
                <dt class="number">{number(count)}</dt>
                <dd>{skips[skip as Skip] ?? skip}</dd>
              </>
            ))}
          </dl>
        </div>
      )}
      {failed > 0 && (
        <div>
          <h3>{words.outcome.failed(number(failed))}</h3>
          <ul>
            {errors.map((error) => (
              <li key={error} class="mono">
                {error}
              </li>
            ))}
          </ul>
        </div>
      )}
      {alone > 0 && <p>{words.outcome.alone(alone)}</p>}
      {(undone > 0 || ran > 0) && <p>{words.doing.undone(number(undone), number(ran))}</p>}
    </section>
  );
}
