/**
 * The screen “Access”.
 */
import type { JSX } from 'preact';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';

/** The screen. */
export default function Access(): JSX.Element {
  const words = useWords().access;
  return <Screen title={words.title}>{null}</Screen>;
}
