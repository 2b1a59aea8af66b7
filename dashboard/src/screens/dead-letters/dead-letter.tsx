/**
 * The screen “DeadLetter”.
 */
import type { JSX } from 'preact';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';

/** The screen. */
export default function DeadLetter(_: {
  readonly queue: string;
  readonly job: string;
}): JSX.Element {
  const words = useWords().deadLetters;
  return <Screen title={words.title}>{null}</Screen>;
}
