/**
 * How long the data of a queue is kept, and what the sweep has removed so far. Asked for when somebody opens it.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { RetentionView } from '../../../../src/operations/views.ts';
import { useAsk } from '../../api/use-ask.ts';
import { Ago } from '../../ui/moment.tsx';
import { Problem } from '../../ui/problem.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

/** Closed at first. */
export function Retention({ queue }: { readonly queue: string }): JSX.Element {
  const words = useWords().queue.retention;
  const [isOpen, setIsOpen] = useState(false);
  const { data, error, refetch } = useAsk('retention.list', {}, { enabled: isOpen });
  const own = data?.find((each) => each.queue === queue);
  return (
    <details class="card" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>
        <h2>{words.title}</h2>
      </summary>
      {error && !data && <Problem error={error} onRetry={() => void refetch()} />}
      {data && !own && <p class="muted">{words.none}</p>}
      {own && <Kept retention={own} />}
    </details>
  );
}

function Kept({ retention }: { readonly retention: RetentionView }): JSX.Element {
  const words = useWords().queue.retention;
  const { bytes, number, duration } = useFormats();
  const { policy, swept, roundAt, usedBytes, isOverBudget, held } = retention;
  const kept = ({ count, ageMs }: RetentionView['policy']['completed']): string =>
    [
      ...(count === undefined ? [] : [words.count(number(count))]),
      ...(ageMs === undefined ? [] : [words.age(duration(ageMs))]),
    ].join(', ') || words.forEver;
  return (
    <dl class="pairs">
      <dt>{words.completed}</dt>
      <dd>{kept(policy.completed)}</dd>
      <dt>{words.failed}</dt>
      <dd>{kept(policy.failed)}</dd>
      <dt>{words.events}</dt>
      <dd>{words.eventsKept(number(policy.events.count), bytes(policy.events.bytes))}</dd>
      <dt>{words.budget}</dt>
      <dd>
        {policy.maxBytes === undefined
          ? words.noBudget
          : words.used(bytes(usedBytes), bytes(policy.maxBytes))}
        {isOverBudget && `, ${words.over}`}
      </dd>
      <dt>{words.swept}</dt>
      <dd>
        {words.sweptJobs(number(swept.completed), number(swept.failed), bytes(swept.freedBytes))}
      </dd>
      <dt>{words.round}</dt>
      <dd>
        <Ago at={roundAt} />
      </dd>
      {held !== null && (
        <>
          <dt>{words.stopped}</dt>
          <dd>{held}</dd>
        </>
      )}
    </dl>
  );
}
