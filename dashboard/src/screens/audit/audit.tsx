/**
 * The screen “Audit”.
 */
import type { JSX } from 'preact';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';

/** The screen. */
export default function Audit(): JSX.Element {
  const words = useWords().audit;
  return <Screen title={words.title}>{null}</Screen>;
}
