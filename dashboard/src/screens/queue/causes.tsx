/**
 * The causes for which most jobs of a queue die: from red to the cause in one click.
 */
import type { JSX } from 'preact';
import { Link } from 'wouter-preact';
import type { FailureGroup } from '../../../../src/operations/views.ts';
import { useAsk } from '../../api/use-ask.ts';
import { to } from '../../shell/paths.ts';
import { Ago } from '../../ui/moment.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

const EVERY_MS = 15_000;
const MOST_ASKED = 100;
const MOST_SHOWN = 3;

/** Nothing while there are none. `total`: dead letters of the queue; null: not known. */
export function Causes(props: {
  readonly queue: string;
  readonly total: number | null;
}): JSX.Element | null {
  const { queue, total } = props;
  const words = useWords().queue.causes;
  const { number } = useFormats();
  const { data } = useAsk('groups.list', { queue, limit: MOST_ASKED }, { everyMs: EVERY_MS });
  const open = (data ?? []).filter(({ state }) => state === 'open' || state === 'regressed');
  if (open.length === 0) return null;
  const top = open.toSorted((a, b) => deathsIn(b, queue) - deathsIn(a, queue)).slice(0, MOST_SHOWN);
  return (
    <section class="card" aria-label={words.title}>
      <div class="card-head">
        <h2>{words.title}</h2>
        <Link class="small" href={to.deadLetters(queue)}>
          {words.all(number(total))}
        </Link>
      </div>
      <ul class="causes">
        {top.map((group) => (
          <li key={group.fingerprint}>
            <strong class="number">{words.deaths(number(deathsIn(group, queue)))}</strong>
            <Link class="clip" href={to.group(group.fingerprint, queue)} title={group.message}>
              {group.type}: {group.message}
            </Link>
            <Sparkline values={group.sparkline} words={words.trend(number(lately(group)))} />
            <span class="muted small">
              {group.state === 'regressed' && `${words.back}, `}
              {words.lastSeen} <Ago at={group.lastSeen} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function deathsIn({ queues, count }: FailureGroup, queue: string): number {
  return queues.find(({ name }) => name === queue)?.count ?? count;
}

function lately({ sparkline }: FailureGroup): number {
  return sparkline.reduce((sum, deaths) => sum + deaths, 0);
}
