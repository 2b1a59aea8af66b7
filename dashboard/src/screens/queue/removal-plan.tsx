/**
 * What a removal would do, and while it is at work, how far it is.
 */
import type { JSX } from 'preact';
import type { Removed } from '../../../../src/operations/views.ts';
import { Problem } from '../../ui/problem.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

/** The plan in words. */
export function RemovalPlan(props: {
  /** The dry run; undefined: it is on its way. */
  readonly plan: Removed | undefined;
  readonly error: unknown;
  /** How many are gone already; null: it has not begun. */
  readonly soFar: number | null;
}): JSX.Element {
  const { plan, error, soFar } = props;
  const words = useWords().queue.cleanUp;
  const { number } = useFormats();
  if (soFar !== null) return <p role="status">{words.soFar(number(soFar))}</p>;
  if (error) return <Problem error={error} />;
  if (!plan) return <p role="status">{words.counting}</p>;
  if (plan.removed === 0) return <p role="status">{words.wouldNothing}</p>;
  const count = number(plan.removed);
  return <p role="status">{words.would(plan.hasMore ? words.atLeast(count) : count)}</p>;
}
