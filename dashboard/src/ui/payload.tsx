/**
 * A stored text as a card, such as the data of a job, digit by digit. The beginning of it, and all on demand.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useFormats, useWords } from '../words/words.tsx';
import { Button } from './button.tsx';
import { Copy } from './copy.tsx';
import { JsonView } from './json-view.tsx';

/** More than that makes a page slow, and nobody reads it. */
const PREVIEW = 8 * 1_024;

interface PayloadProps {
  readonly title: string;
  /** null: there is none that can be shown. */
  readonly text: string | null;
  /** Size of what is stored. */
  readonly bytes?: number | undefined;
  /** Whether the server has cut it: then `onAll` asks for the rest. */
  readonly isCut?: boolean;
  readonly onAll?: () => void;
  /** What else is to be said of it. */
  readonly children?: ComponentChildren;
}

/** A card. */
export function Payload(props: PayloadProps): JSX.Element {
  const { title, text, bytes, isCut = false, onAll, children } = props;
  const words = useWords().shell;
  const formats = useFormats();
  const [isWhole, setIsWhole] = useState(false);
  const isShortened = text !== null && !isWhole && text.length > PREVIEW;
  const shown = isShortened ? text.slice(0, PREVIEW) : text;
  const size = bytes ?? text?.length;
  return (
    <section class="card stack" aria-label={title}>
      <div class="row">
        <h2>{title}</h2>
        {size !== undefined && <span class="muted small">{formats.bytes(size)}</span>}
        {text !== null && !isCut && (
          <span class="at-end">
            <Copy text={text} />
          </span>
        )}
      </div>
      {shown !== null && <JsonView label={title} text={shown} isCut={isCut || isShortened} />}
      {(isCut || isShortened) && (
        <p class="row muted small">
          {words.cut(formats.bytes(shown!.length))}
          <Button
            size="small"
            onClick={() => {
              setIsWhole(true);
              if (isCut) onAll?.();
            }}
          >
            {words.showAll}
          </Button>
        </p>
      )}
      {children}
    </section>
  );
}
