/**
 * A field for JSON, checked while one types: a mistake is shown with its line and column. The text stays as it was typed,
 * so that numbers keep all their digits.
 */
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { useWords } from '../words/words.tsx';
import { jsonFault } from './json-fault.ts';

/** A field. Whoever uses it asks `jsonFault` whether the text can be sent. */
export function JsonField(props: {
  readonly label: string;
  readonly text: string;
  readonly onText: (text: string) => void;
  /** Lines that are seen at once. @default 8 */
  readonly lines?: number;
}): JSX.Element {
  const { label, text, onText, lines = 8 } = props;
  const words = useWords().shell;
  const id = useId();
  const fault = jsonFault(text);
  const before = text.slice(0, fault ?? 0).split('\n');
  const found = text[fault ?? 0];
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        rows={lines}
        value={text}
        spellcheck={false}
        autocomplete="off"
        aria-invalid={fault !== null}
        aria-describedby={`${id}-fault`}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      <span id={`${id}-fault`} class="wrong" role="status">
        {fault !== null && words.jsonFault(before.length, before.at(-1)!.length + 1, found ?? null)}
      </span>
    </div>
  );
}
