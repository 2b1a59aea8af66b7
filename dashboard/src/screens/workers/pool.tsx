/**
 * The screen “Pool”.
 */
import type { JSX } from 'preact';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';

/** The screen. */
export default function Pool(_: { readonly queue: string }): JSX.Element {
  const words = useWords().pools;
  return <Screen title={words.title}>{null}</Screen>;
}
