/**
 * Cleans a queue: which state is chosen first.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { JobState } from '../../../../src/operations/views.ts';
import { useWords } from '../../words/words.tsx';
import { Clean } from '../jobs/remove-many.tsx';

const STATES = ['completed', 'failed', 'delayed', 'waiting', 'prioritized'] as const;

/** The dialog. */
export function CleanQueue(props: {
  readonly queue: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const words = useWords();
  const [state, setState] = useState<JobState>('completed');
  return (
    <Clean {...props} state={state}>
      <label class="field">
        {words.queue.cleanUp.state}
        <select value={state} onChange={(event) => setState(event.currentTarget.value as JobState)}>
          {STATES.map((each) => (
            <option key={each} value={each}>
              {words.shell.states[each]}
            </option>
          ))}
        </select>
      </label>
    </Clean>
  );
}
