/**
 * The state of a bulk action as a badge.
 */
import type { JSX } from 'preact';
import type { BulkView } from '../../../../src/operations/views.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { useWords } from '../../words/words.tsx';

const TONES: Readonly<Record<BulkView['state'], Tone>> = {
  ...({ planned: 'quiet', canary: 'warn', running: 'warn', paused: 'warn' } as const),
  ...({ done: 'good', aborted: 'quiet', failed: 'bad', undoing: 'warn', undone: 'quiet' } as const),
};

/** A badge; the reason is shown when the pointer rests on it. */
export function BulkState({ state, reason }: Pick<BulkView, 'state' | 'reason'>): JSX.Element {
  const words = useWords().bulk.states;
  return (
    <Badge tone={TONES[state]} hint={reason ?? undefined}>
      {words[state]}
    </Badge>
  );
}
