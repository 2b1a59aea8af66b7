/**
 * What is known of a scheduler: its schedule, its runs, and the data of its jobs.
 */
import type { JSX } from 'preact';
import { Link } from 'wouter-preact';
import type { SchedulerView } from '../../../../src/operations/views.ts';
import { to } from '../../shell/paths.ts';
import { Copy } from '../../ui/copy.tsx';
import { JsonView } from '../../ui/json-view.tsx';
import { Ago, Time } from '../../ui/moment.tsx';
import { UNKNOWN } from '../../words/formats.ts';
import { useFormats, useWords } from '../../words/words.tsx';
import { Schedule } from './schedule.tsx';

/** Cards. */
export function SchedulerParts({ of }: { readonly of: SchedulerView }): JSX.Element {
  const words = useWords().schedulers;
  const { number } = useFormats();
  const { queue, id, jobName, pattern, timeZone, nextAt, endsAt, iterations, limit } = of;
  const { columns } = words;
  return (
    <div class="scheduler-parts">
      <section class="card stack" aria-label={words.facts}>
        {jobName === null && <p class="problem">{words.olderSays}</p>}
        <dl class="pairs">
          <dt>{columns.schedule}</dt>
          <dd>
            <Schedule row={of} />
            {pattern !== null && <div class="mono muted">{pattern}</div>}
          </dd>
          <dt>{columns.zone}</dt>
          <dd>{timeZone ?? (pattern === null ? UNKNOWN : words.zoneOfProcess)}</dd>
          <dt>{columns.next}</dt>
          <dd>
            {nextAt === null ? (
              UNKNOWN
            ) : (
              <>
                <Link href={to.job(queue, `repeat:${id}:${nextAt}`)}>
                  <Ago at={nextAt} />
                </Link>
                <div class="muted small">
                  <Time at={nextAt} />
                </div>
              </>
            )}
          </dd>
          <dt>{columns.runs}</dt>
          <dd>
            {limit === null ? number(iterations) : words.of(number(iterations), number(limit))}
          </dd>
          <dt>{columns.ends}</dt>
          <dd>{endsAt === null ? words.never : <Time at={endsAt} />}</dd>
          <dt>{columns.queue}</dt>
          <dd>
            <Link href={to.queue(queue)}>{queue}</Link>
          </dd>
          <dt>{columns.job}</dt>
          <dd>{jobName ?? words.older}</dd>
          <dt>{words.itsJobs}</dt>
          <dd class="row">
            {(['completed', 'failed'] as const).map((state) => (
              <Link key={state} href={to.jobs(queue, state, `scheduler:${JSON.stringify(id)}`)}>
                {words.jobs[state]}
              </Link>
            ))}
          </dd>
        </dl>
      </section>
      <Template of={of} />
    </div>
  );
}

function Template({ of }: { readonly of: SchedulerView }): JSX.Element {
  const words = useWords().schedulers;
  const { bytes } = useFormats();
  const { data, dataBytes, unreadable } = of;
  const text = data === null || data === undefined ? null : JSON.stringify(data);
  return (
    <section class="card stack" aria-label={words.data}>
      <div class="row">
        <h2>{words.data}</h2>
        <span class="muted small">{bytes(dataBytes)}</span>
        {text !== null && (
          <span class="at-end">
            <Copy text={text} />
          </span>
        )}
      </div>
      {text !== null && <JsonView label={words.data} text={text} />}
      {unreadable !== null && <p class="muted">{unreadable}</p>}
      {text === null && unreadable === null && <p class="muted">{words.noData}</p>}
    </section>
  );
}
