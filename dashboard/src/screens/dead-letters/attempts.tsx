/**
 * The attempts of a job that died, the latest first.
 */
import type { JSX } from 'preact';
import type { Attempt, DeadLetter } from '../../../../src/operations/views.ts';
import { Time } from '../../ui/moment.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

/** A card with the attempts. */
export function Attempts({ of }: { readonly of: DeadLetter }): JSX.Element {
  const words = useWords().deadLetters.attempts;
  const latestFirst = [...of.history].reverse();
  return (
    <section class="card" aria-label={words.title}>
      <h2>{words.title}</h2>
      {latestFirst.length === 0 ? (
        <p class="muted">{words.none}</p>
      ) : (
        <ol class="dl-attempts" reversed>
          {latestFirst.map((attempt) => (
            <AttemptRow key={`${attempt.attempt} ${attempt.startedAt}`} attempt={attempt} />
          ))}
        </ol>
      )}
    </section>
  );
}

function AttemptRow({ attempt }: { readonly attempt: Attempt }): JSX.Element {
  const words = useWords().deadLetters.attempts;
  const { duration, number } = useFormats();
  const { attempt: count, startedAt, ms, host, version, reason } = attempt;
  const [first = '', ...rest] = reason.split('\n');
  return (
    <li>
      <div class="row small">
        <strong>{words.number(number(count))}</strong>
        <span class="muted">
          <Time at={startedAt} />
          {ms !== null && ` · ${words.took(duration(ms))}`}
          {host !== '' && ` · ${host}`}
          {version !== '' && ` · ${version}`}
        </span>
      </div>
      {rest.length === 0 ? (
        <div class="mono">{first}</div>
      ) : (
        <details>
          <summary class="mono">{first}</summary>
          <pre>{rest.join('\n')}</pre>
        </details>
      )}
    </li>
  );
}
