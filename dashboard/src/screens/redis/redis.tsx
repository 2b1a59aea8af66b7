/**
 * The screen “Redis”.
 */
import type { JSX } from 'preact';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';

/** The screen. */
export default function Redis(): JSX.Element {
  const words = useWords().redis;
  return <Screen title={words.title}>{null}</Screen>;
}
