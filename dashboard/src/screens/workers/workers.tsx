/**
 * The screen “Workers”.
 */
import type { JSX } from 'preact';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';

/** The screen. */
export default function Workers(): JSX.Element {
  const words = useWords().workers;
  return <Screen title={words.title}>{null}</Screen>;
}
