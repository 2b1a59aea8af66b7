/**
 * What has become of the job, the latest first, each failed attempt with its reason and its stack.
 */
import type { ComponentChildren, JSX } from 'preact';
import type { JobView } from '../../../../src/operations/views.ts';
import { useAsk } from '../../api/use-ask.ts';
import { Age, Ago, Time } from '../../ui/moment.tsx';
import { StackTrace } from '../../ui/stack-trace.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { historyOf, type Step } from './history.ts';

const TONES: Readonly<Partial<Record<Step['kind'], string>>> = {
  ...{ attempt: 'bad', failed: 'bad', completed: 'good', running: 'warn' },
};

/** A card. */
export function Timeline({ job }: { readonly job: JobView }): JSX.Element {
  const words = useWords().job;
  const { queue, id, state, hasDeadLetter } = job;
  const { data: letter } = useAsk(
    'deadLetters.get',
    { queue, job: id },
    { enabled: hasDeadLetter && state === 'failed' },
  );
  const steps = historyOf(job, letter?.history);
  const latest = steps.findIndex(({ kind }) => kind === 'attempt');
  return (
    <section class="card" aria-label={words.timeline}>
      <h2>{words.timeline}</h2>
      <ol class="timeline" reversed>
        {steps.map((step, i) => (
          <li key={steps.length - i} data-tone={TONES[step.kind]}>
            <StepLine step={step} isLatest={i === latest && state !== 'completed'} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function StepLine(props: { readonly step: Step; readonly isLatest: boolean }): JSX.Element {
  const { step, isLatest } = props;
  const words = useWords().job.steps;
  const { duration, number } = useFormats();
  switch (step.kind) {
    case 'attempt':
      return <Attempt step={step} isLatest={isLatest} />;
    case 'unknown':
      return <Line title={words.unknown(number(step.count), step.count)} />;
    case 'waited':
      return <Line title={words.waited(duration(step.ms))} at={step.at} />;
    case 'delayed':
      return (
        <Line title={words.delayed}>
          <Time at={step.until} />
        </Line>
      );
    case 'until':
      return (
        <Line title={words.until}>
          <Time at={step.until} /> · <Ago at={step.until} />
        </Line>
      );
    case 'running':
      return (
        <Line title={words.running} at={step.at}>
          <Age since={step.at} />
        </Line>
      );
    case 'completed':
      return <Line title={words.completed(duration(step.ms))} at={step.at} />;
    default:
      return <Line title={words[step.kind]} at={step.at} />;
  }
}

function Line(props: {
  readonly title: string;
  readonly at?: number | null;
  readonly children?: ComponentChildren;
}): JSX.Element {
  const { title, at = null, children } = props;
  return (
    <div class="timeline-line">
      <strong>{title}</strong>
      <span class="muted small">
        {children}
        {children && at !== null && ' · '}
        {at !== null && <Time at={at} />}
      </span>
    </div>
  );
}

function Attempt(props: {
  readonly step: Extract<Step, { kind: 'attempt' }>;
  readonly isLatest: boolean;
}): JSX.Element {
  const { step, isLatest } = props;
  const words = useWords();
  const { duration, number } = useFormats();
  const { attempt, at, ms, host, version, reason, stack } = step;
  const [first = '', ...rest] = reason.split('\n');
  const about = [
    ms !== null && words.job.steps.after(duration(ms)),
    host !== '' && words.job.steps.on(host),
    version,
  ].filter(Boolean);
  return (
    <>
      <div class="timeline-line">
        <strong>{words.job.steps.attempt(attempt === null ? null : number(attempt))}</strong>
        <span class="muted small">
          {about.join(' · ')}
          {about.length > 0 && at !== null && ' · '}
          {at !== null && <Time at={at} />}
        </span>
      </div>
      <div class="timeline-reason mono">{first}</div>
      {stack !== null ? (
        <details open={isLatest}>
          <summary class="small">{words.shell.stack}</summary>
          <StackTrace stack={stack} />
        </details>
      ) : (
        rest.length > 0 && (
          <details>
            <summary class="small">{words.job.steps.more}</summary>
            <pre class="small">{rest.join('\n')}</pre>
          </details>
        )
      )}
    </>
  );
}
