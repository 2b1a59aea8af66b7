/**
 * How far the job says it is: a number as a bar, anything else as it is.
 */
import type { JSX } from 'preact';
import { JsonView } from '../../ui/json-view.tsx';
import { Meter } from '../../ui/meter.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

/** A card; nothing when the job has said nothing. */
export function Progress({ of }: { readonly of: unknown }): JSX.Element | null {
  const words = useWords().job;
  const { rate, share } = useFormats();
  if (of === null || of === undefined || of === 0) return null;
  return (
    <section class="card" aria-label={words.progress}>
      <h2>{words.progress}</h2>
      {typeof of !== 'number' ? (
        <JsonView label={words.progress} text={JSON.stringify(of)} />
      ) : of <= 100 ? (
        <div class="row job-progress">
          <Meter value={of / 100} words={`${words.progress}: ${share(of / 100)}`} />
          <strong>{share(of / 100)}</strong>
        </div>
      ) : (
        <strong>{rate(of)}</strong>
      )}
    </section>
  );
}
