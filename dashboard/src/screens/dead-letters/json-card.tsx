/**
 * JSON as it is stored, digit by digit: the beginning of it, and all on demand.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../ui/button.tsx';
import { Copy } from '../../ui/copy.tsx';
import { JsonView } from '../../ui/json-view.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

/** More than that makes a page slow, and nobody reads it. */
const PREVIEW = 8 * 1_024;

/** A card. */
export function JsonCard(props: {
  readonly title: string;
  readonly text: string;
  /** What is hidden in it; null: nothing. */
  readonly hint: string | null;
}): JSX.Element {
  const { title, text, hint } = props;
  const words = useWords().deadLetters;
  const { bytes } = useFormats();
  const [isWhole, setIsWhole] = useState(false);
  const isCut = !isWhole && text.length > PREVIEW;
  return (
    <section class="card stack" aria-label={title}>
      <div class="row">
        <h2>{title}</h2>
        <span class="muted small">{bytes(text.length)}</span>
        <span class="dl-at-end">
          <Copy text={text} />
        </span>
      </div>
      <JsonView label={title} text={isCut ? text.slice(0, PREVIEW) : text} isCut={isCut} />
      {isCut && (
        <p class="row muted small">
          {words.cutAt(bytes(PREVIEW), bytes(text.length))}
          <Button size="small" onClick={() => setIsWhole(true)}>
            {words.showAll}
          </Button>
        </p>
      )}
      {hint !== null && <p class="muted small">{hint}</p>}
    </section>
  );
}
