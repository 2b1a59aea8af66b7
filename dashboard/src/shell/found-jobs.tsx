/**
 * Jobs of one id, in whichever queues they are.
 */
import type { JSX } from 'preact';
import { Dialog } from '../ui/dialog.tsx';
import { useWords } from '../words/words.tsx';

/** What was found. */
export function FoundJobs(props: {
  readonly id: string;
  readonly onClose: () => void;
}): JSX.Element {
  const words = useWords().shell;
  return (
    <Dialog title={words.searchJob(props.id)} onClose={props.onClose}>
      <p>{words.nothing}</p>
    </Dialog>
  );
}
