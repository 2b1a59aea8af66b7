/**
 * A dry run in words: how many would be dealt with, how many would not and why, and what is wrong with their data.
 */
import type { JSX } from 'preact';
import type { BulkPlan, Skip } from '../../../../src/operations/views.ts';
import { Problem } from '../../ui/problem.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import type { Planned } from './use-plans.ts';

/** One or more of them. `onChoose` lets queues be left out. */
export function Plans(props: {
  readonly planned: readonly Planned[];
  readonly left: ReadonlySet<string>;
  readonly onToggle: (queue: string) => void;
}): JSX.Element {
  const { planned, left, onToggle } = props;
  if (planned.length === 1) return <Plan {...planned[0]!} />;
  return (
    <div class="stack">
      {planned.map((each) => (
        <div key={each.queue} class="dl-choice">
          <input
            type="checkbox"
            aria-label={each.queue}
            checked={!left.has(each.queue)}
            onChange={() => onToggle(each.queue)}
          />
          <Plan {...each} />
        </div>
      ))}
    </div>
  );
}

function Plan({ queue, plan, error, isOld }: Planned): JSX.Element {
  const words = useWords().deadLetters.plan;
  const { number } = useFormats();
  if (error && !isOld && !plan) return <Problem error={error} />;
  if (!plan) return <p class="muted">{words.counting(queue)}</p>;
  return (
    <div class="dl-plan" aria-busy={isOld}>
      <p>
        <strong>
          {words[plan.kind === 'discard' ? 'discard' : 'replay'](plan.eligible, queue)}
        </strong>
      </p>
      {error && <Problem error={error} />}
      <ul>
        {Object.entries(plan.skipped).map(([skip, count]) => (
          <li key={skip}>
            {words.skipped(number(count))} {words.skips[skip as Skip] ?? skip}
          </li>
        ))}
        {plan.alone > 0 && <li>{words.alone(plan.alone)}</li>}
        {plan.schema !== 'unneeded' && <li>{words.schema[plan.schema]}</li>}
      </ul>
      <ProblemsOf plan={plan} />
      {!plan.isComplete && <p class="muted small">{words.incomplete(number(plan.looked))}</p>}
    </div>
  );
}

function ProblemsOf({ plan }: { readonly plan: BulkPlan }): JSX.Element | null {
  const words = useWords().deadLetters.plan;
  if (plan.problems.length === 0) return null;
  return (
    <div class="problem">
      <strong>{words.problems}</strong>
      <ul>
        {plan.problems.map(({ jobId, problem }) => (
          <li key={jobId}>
            <span class="mono">{jobId}</span>: {problem}
          </li>
        ))}
      </ul>
    </div>
  );
}
