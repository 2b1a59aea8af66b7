/**
 * What is known of the job in few words: when, how often, where, and what it belongs to.
 */
import type { ComponentChildren, JSX } from 'preact';
import { Link } from 'wouter-preact';
import type { JobView } from '../../../../src/operations/views.ts';
import { to } from '../../shell/paths.ts';
import { Ago, Time } from '../../ui/moment.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

/** A card at the side. */
export function Facts({ job }: { readonly job: JobView }): JSX.Element {
  const { job: words } = useWords();
  const { number, duration } = useFormats();
  const { queue, id, addedAt, startedAt, finishedAt, runsAt, parent, scheduler, worker } = job;
  const ran = startedAt !== null && finishedAt !== null ? finishedAt - startedAt : null;
  const pairs: readonly (readonly [string, ComponentChildren])[] = [
    [words.facts.added, <Moment key="added" at={addedAt} />],
    ...(runsAt === null ? [] : [[words.facts.runs, <Moment key="runs" at={runsAt} />] as const]),
    ...(startedAt === null
      ? []
      : [[words.facts.started, <Moment key="started" at={startedAt} />] as const]),
    ...(finishedAt === null
      ? []
      : [[words.facts.finished, <Moment key="finished" at={finishedAt} />] as const]),
    ...(ran === null ? [] : [[words.facts.ran, duration(ran)] as const]),
    [words.facts.attempts, words.attemptsOf(number(job.attemptsMade), number(job.attempts))],
    ...(job.priority === 0 ? [] : [[words.facts.priority, number(job.priority)] as const]),
    ...(worker === null ? [] : [[words.facts.worker, worker] as const]),
    ...(parent === null
      ? []
      : [
          [
            words.facts.parent,
            <Link key="parent" href={to.job(parent.queue, parent.id)}>
              {words.jobIn(parent.id, parent.queue)}
            </Link>,
          ] as const,
        ]),
    ...(scheduler === null
      ? []
      : [
          [
            words.facts.scheduler,
            <Link key="scheduler" href={to.scheduler(queue, scheduler)}>
              {scheduler}
            </Link>,
          ] as const,
        ]),
    ...(job.hasDeadLetter
      ? [
          [
            words.facts.deadLetter,
            <Link key="letter" href={to.deadLetter(queue, id)}>
              {words.toLetter}
            </Link>,
          ] as const,
        ]
      : []),
  ];
  return (
    <section class="card" aria-label={words.factsTitle}>
      <dl class="pairs">
        {pairs.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}

function Moment({ at }: { readonly at: number | null }): JSX.Element {
  return (
    <>
      <Ago at={at} />
      <div class="muted small">
        <Time at={at} />
      </div>
    </>
  );
}
