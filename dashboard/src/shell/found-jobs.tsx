/**
 * Jobs of one id, in whichever queues they are.
 */
import type { JSX } from 'preact';
import { Link } from 'wouter-preact';
import { useAsk } from '../api/use-ask.ts';
import { StateBadge } from '../ui/badge.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Ago } from '../ui/moment.tsx';
import { Problem } from '../ui/problem.tsx';
import { useFormats, useWords } from '../words/words.tsx';
import { to } from './paths.ts';

/** What was found. */
export function FoundJobs(props: {
  readonly id: string;
  readonly onClose: () => void;
}): JSX.Element {
  const { id, onClose } = props;
  const words = useWords().shell;
  const { number } = useFormats();
  const { data, error, refetch } = useAsk('jobs.find', { id });
  return (
    <Dialog title={words.foundJobs(id)} onClose={onClose} isWide>
      {error && <Problem error={error} onRetry={() => void refetch()} />}
      {!data && !error && <p role="status">{words.loading}</p>}
      {data && (
        <>
          <ul class="plain-list">
            {data.rows.map(({ queue, name, state, addedAt }) => (
              <li key={queue} class="row">
                <StateBadge state={state} />
                <Link href={to.job(queue, id)} onClick={onClose}>
                  {queue}
                </Link>
                <span class="clip">{name}</span>
                <span class="muted small">
                  <Ago at={addedAt} />
                </span>
              </li>
            ))}
          </ul>
          <p class="muted small">
            {words.foundIn(number(data.rows.length), number(data.looked), data.isComplete)}
          </p>
        </>
      )}
    </Dialog>
  );
}
