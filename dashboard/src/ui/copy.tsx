/**
 * Copies a text. On plain HTTP browsers have no clipboard for pages: there the text is selected in a field, and copied
 * the old way.
 */
import type { JSX } from 'preact';
import { useToast } from '../shell/toasts.tsx';
import { useWords } from '../words/words.tsx';
import { Button } from './button.tsx';

/** A button that copies. */
export function Copy(props: { readonly text: string; readonly label?: string }): JSX.Element {
  const words = useWords().shell;
  const toast = useToast();
  return (
    <Button
      size="small"
      tone="plain"
      onClick={() =>
        void copy(props.text).then(
          () => toast(words.copied, 'good'),
          () => toast(words.notCopied, 'bad'),
        )
      }
    >
      {props.label ?? words.copy}
    </Button>
  );
}

/** Rejects when the browser does not do it. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement('textarea');
  field.value = text;
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  field.select();
  const isDone = document.execCommand('copy');
  field.remove();
  if (!isDone) throw new Error('the browser has not copied it');
}
