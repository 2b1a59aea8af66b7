/**
 * The screen “Queue”.
 */
import type { JSX } from 'preact';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';

/** The screen. */
export default function Queue(_: { readonly queue: string }): JSX.Element {
  const words = useWords().queue;
  return <Screen title={words.title}>{null}</Screen>;
}
