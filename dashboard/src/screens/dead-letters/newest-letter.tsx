/**
 * The newest letter of a group, which stands for all of them: its reason as it was, and where in the code it came from.
 */
import type { JSX } from 'preact';
import { Link } from 'wouter-preact';
import type { FailureGroup } from '../../../../src/operations/views.ts';
import { codeOf } from '../../api/failure.ts';
import { useMay } from '../../api/me.tsx';
import { useAsk } from '../../api/use-ask.ts';
import { to } from '../../shell/paths.ts';
import { Ago } from '../../ui/moment.tsx';
import { Problem } from '../../ui/problem.tsx';
import { StackTrace } from '../../ui/stack-trace.tsx';
import { useWords } from '../../words/words.tsx';

/** A card with the stack trace. */
export function NewestLetter({ group }: { readonly group: FailureGroup }): JSX.Element {
  const words = useWords().deadLetters;
  const shell = useWords().shell;
  const may = useMay();
  const { sampleQueue: queue, sample: job, fingerprint, frames } = group;
  const { data, error, refetch } = useAsk('deadLetters.get', { queue, job }, { keepsLast: true });
  const isGone = codeOf(error) === 'NOT_FOUND';
  const isOther = data !== undefined && data.fingerprint !== fingerprint;
  return (
    <section class="card stack" aria-label={words.newest.title}>
      <div class="row">
        <h2>{words.newest.title}</h2>
        {data && !isOther && (
          <span class="muted small">
            <Link href={to.deadLetter(queue, job)}>{words.letterOf(data.jobName, job)}</Link>{' '}
            {words.newest.attempts(data.attemptsMade)} <Ago at={data.failedAt} />
            {data.host !== '' && ` ${words.newest.on(data.host)}`}
            {data.version !== '' && ` ${words.newest.version(data.version)}`}
          </span>
        )}
      </div>
      {isGone || isOther ? (
        <>
          <p class="muted">{isGone ? words.newest.gone : words.newest.other}</p>
          <StackTrace stack={frames.map((frame) => `    at ${frame}`).join('\n')} />
        </>
      ) : error && !data ? (
        <Problem error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <p class="empty">{shell.loading}</p>
      ) : (
        <>
          <StackTrace stack={data.stack || data.failureReason} />
          {!may('data.read', queue) && <p class="muted small">{words.redacted}</p>}
        </>
      )}
    </section>
  );
}
