/**
 * The screen “Jobs”.
 */
import type { JSX } from 'preact';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';

/** The screen. */
export default function Jobs(_: { readonly queue: string }): JSX.Element {
  const words = useWords().jobs;
  return <Screen title={words.title}>{null}</Screen>;
}
