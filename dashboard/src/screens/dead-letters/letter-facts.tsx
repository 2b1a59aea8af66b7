/**
 * What else is known of a letter: when and where, how often, and what became of it.
 */
import type { JSX } from 'preact';
import { Link } from 'wouter-preact';
import type { DeadLetter } from '../../../../src/operations/views.ts';
import { to } from '../../shell/paths.ts';
import { Ago, Time } from '../../ui/moment.tsx';
import { UNKNOWN } from '../../words/formats.ts';
import { useFormats, useWords } from '../../words/words.tsx';
import { JobLink } from './job-link.tsx';

/** A card at the side. */
export function LetterFacts({ letter }: { readonly letter: DeadLetter }): JSX.Element {
  const words = useWords().deadLetters;
  const { number } = useFormats();
  const { queue, jobId, originalJob, replayedAt, replayedBy } = letter;
  const addedAt = Number(originalJob?.timestamp);
  return (
    <section class="card stack" aria-label={words.facts}>
      <dl class="pairs">
        <dt>{words.columns.died}</dt>
        <dd>
          <Ago at={letter.failedAt} />
          <div class="muted small">
            <Time at={letter.failedAt} />
          </div>
        </dd>
        <dt>{words.columns.deaths}</dt>
        <dd>{number(letter.deaths)}</dd>
        <dt>{words.columns.attempts}</dt>
        <dd>{number(letter.attemptsMade)}</dd>
        <dt>{words.host}</dt>
        <dd>{letter.host || UNKNOWN}</dd>
        <dt>{words.columns.version}</dt>
        <dd>{letter.version || UNKNOWN}</dd>
        <dt>{words.added}</dt>
        <dd>
          <Time at={Number.isFinite(addedAt) ? addedAt : null} />
        </dd>
        {replayedAt !== undefined && (
          <>
            <dt>{words.lastReplay}</dt>
            <dd>
              {replayedBy ? (
                <Link href={to.bulkAction(replayedBy)}>
                  <Ago at={replayedAt} />
                </Link>
              ) : (
                <Ago at={replayedAt} />
              )}
            </dd>
          </>
        )}
        <dt>{words.group}</dt>
        <dd>
          <Link class="mono" href={to.group(letter.fingerprint, queue)}>
            {letter.fingerprint}
          </Link>
        </dd>
        <dt>{words.job}</dt>
        <dd>
          <JobLink queue={queue} job={jobId} />
        </dd>
      </dl>
      {letter.via === 'reconciler' && <p class="muted small">{words.reconciled}</p>}
    </section>
  );
}
