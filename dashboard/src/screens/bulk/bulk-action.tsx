/**
 * The screen “BulkAction”.
 */
import type { JSX } from 'preact';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';

/** The screen. */
export default function BulkAction(_: { readonly bulk: string }): JSX.Element {
  const words = useWords().bulk;
  return <Screen title={words.title}>{null}</Screen>;
}
