/**
 * The job of a letter, if there still is one, and its state.
 */
import type { JSX } from 'preact';
import { Link } from 'wouter-preact';
import { useAsk } from '../../api/use-ask.ts';
import { to } from '../../shell/paths.ts';
import { StateBadge } from '../../ui/badge.tsx';
import { UNKNOWN } from '../../words/formats.ts';
import { useWords } from '../../words/words.tsx';

/** As many queues may have a job of the same id. */
const MOST = 1_000;

/** A link, or that there is nothing to go to. */
export function JobLink(props: { readonly queue: string; readonly job: string }): JSX.Element {
  const { queue, job } = props;
  const words = useWords().deadLetters;
  // Asked for by its id, since a job that is gone is no failure here.
  const { data } = useAsk('jobs.find', { id: job, limit: MOST });
  if (!data) return <>{UNKNOWN}</>;
  const found = data.rows.find((row) => row.queue === queue);
  if (!found) return <span class="muted">{data.isComplete ? words.jobGone : UNKNOWN}</span>;
  return (
    <>
      <Link href={to.job(queue, job)}>{job}</Link> <StateBadge state={found.state} />
    </>
  );
}
