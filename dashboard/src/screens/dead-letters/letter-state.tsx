/**
 * The state of a dead letter as a badge.
 */
import type { JSX } from 'preact';
import type { DeadLetterRow } from '../../../../src/operations/views.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { useWords } from '../../words/words.tsx';

const TONES: Readonly<Record<DeadLetterRow['state'], Tone>> = {
  ...({ dead: 'bad', replayed: 'good', discarded: 'quiet' } as const),
};

/** A badge. */
export function LetterState({ state }: Pick<DeadLetterRow, 'state'>): JSX.Element {
  const words = useWords().deadLetters.letterStates;
  return <Badge tone={TONES[state]}>{words[state]}</Badge>;
}
