/**
 * The screen “Job”: what has become of one job, what it holds, and what can be done with it.
 */
import './job.css';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { JobView } from '../../../../src/operations/views.ts';
import { codeOf } from '../../api/failure.ts';
import { useAsk } from '../../api/use-ask.ts';
import { to } from '../../shell/paths.ts';
import { StateBadge } from '../../ui/badge.tsx';
import { Copy } from '../../ui/copy.tsx';
import { JsonView } from '../../ui/json-view.tsx';
import { Time } from '../../ui/moment.tsx';
import { Payload } from '../../ui/payload.tsx';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';
import { DataCard } from './data-card.tsx';
import { Facts } from './facts.tsx';
import { Flow } from './flow.tsx';
import { JobActs } from './job-acts.tsx';
import { Logs } from './logs.tsx';
import { Progress } from './progress.tsx';
import { Timeline } from './timeline.tsx';

/** While it runs: no row of the overview tells its progress and its log. */
const RUNNING_MS = 2_000;

const whileRunning = (job: JobView | undefined): number | undefined =>
  job?.state === 'active' ? RUNNING_MS : undefined;

/** The screen. */
export default function Job(props: { readonly queue: string; readonly job: string }): JSX.Element {
  const { queue, job: id } = props;
  const { job: words, shell } = useWords();
  const [full, setFull] = useState(false);
  const [isGone, setIsGone] = useState(false);
  const { data, error, refetch, dataUpdatedAt } = useAsk(
    'jobs.get',
    { queue, job: id, ...(full && { full }) },
    {
      follows: isGone ? undefined : queue,
      everyMs: isGone ? undefined : whileRunning,
      keepsLast: true,
    },
  );
  // What was seen last stays. It is not asked for again and again, only when somebody says so.
  const isMissing = data !== undefined && codeOf(error) === 'NOT_FOUND';
  if (isMissing !== isGone) setIsGone(isMissing);
  return (
    <Screen
      tellsErrors
      title={data ? words.titleOf(data.name, id) : id}
      mark={data && <StateBadge state={isMissing ? 'gone' : data.state} />}
      crumbs={
        <>
          <Link href={to.overview()}>{shell.nav.overview}</Link> /
          <Link href={to.queue(queue)}>{queue}</Link> /
          <Link href={to.jobs(queue, stateOf(data))}>{words.jobs}</Link>
        </>
      }
      actions={data && !isMissing && <JobActs job={data} />}
      isReady={data !== undefined}
      error={error}
      onRetry={() => void refetch()}
    >
      {isMissing && (
        <p class="problem" role="status">
          {words.gone} <Time at={dataUpdatedAt} />
        </p>
      )}
      {data && <Parts job={data} isGone={isMissing} onAll={() => setFull(true)} />}
    </Screen>
  );
}

function Parts(props: {
  readonly job: JobView;
  readonly isGone: boolean;
  readonly onAll: () => void;
}): JSX.Element {
  const { job, isGone, onAll } = props;
  const words = useWords().job;
  const { result, options } = job;
  return (
    <div class="job-parts">
      <div class="stack">
        <Timeline job={job} />
        <DataCard job={job} onAll={onAll} />
        {result !== null && <Payload title={words.result} text={result} />}
        <Logs job={job} everyMs={isGone ? undefined : whileRunning(job)} />
      </div>
      <div class="stack">
        <Facts job={job} />
        <Progress of={job.progress} />
        <Flow job={job} />
        <section class="card stack" aria-label={words.options}>
          <div class="row">
            <h2>{words.options}</h2>
            <span class="at-end">
              <Copy text={job.id} label={words.copyId} />
            </span>
          </div>
          <JsonView label={words.options} text={JSON.stringify(options)} />
        </section>
      </div>
    </div>
  );
}

function stateOf(job: JobView | undefined): string | undefined {
  return job && job.state !== 'unknown' ? job.state : undefined;
}
