/**
 * The screen “Group”.
 */
import type { JSX } from 'preact';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';

/** The screen. */
export default function Group(_: { readonly group: string }): JSX.Element {
  const words = useWords().deadLetters;
  return <Screen title={words.title}>{null}</Screen>;
}
