/**
 * The screen “Schedulers”.
 */
import type { JSX } from 'preact';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';

/** The screen. */
export default function Schedulers(): JSX.Element {
  const words = useWords().schedulers;
  return <Screen title={words.title}>{null}</Screen>;
}
