/**
 * All queues together, and how Redis is. Dashes as long as nothing is known.
 */
import type { JSX } from 'preact';
import { useLive } from '../../live/use-live.ts';
import { Badge } from '../../ui/badge.tsx';
import { UNKNOWN } from '../../words/formats.ts';
import { useFormats, useWords } from '../../words/words.tsx';

/** A line of figures. */
export function Totals(): JSX.Element {
  const words = useWords().overview;
  const { number } = useFormats();
  const totals = useLive(({ state }) => state.totals);
  const processes = useLive(({ state }) => state.processes);
  const redis = useLive(({ state }) => state.redis);
  const queues = useLive(({ rows }) => rows.length);
  const isKnown = useLive(({ state }) => state.takenAt !== null);
  const isLost = useLive(({ state }) => state.phase === 'lost');
  const of = (...states: readonly string[]): number | null =>
    isKnown ? states.reduce((sum, state) => sum + (totals[state] ?? 0), 0) : null;
  const figures: readonly (readonly [string, string])[] = [
    [words.totals.queues, number(isKnown ? queues : null)],
    [words.totals.waiting, number(of('waiting', 'prioritized'))],
    [words.totals.active, number(of('active'))],
    [words.totals.delayed, number(of('delayed'))],
    [words.totals.failed, number(of('failed'))],
    [words.totals.processes, number(processes)],
  ];
  return (
    <dl class="card figures">
      {figures.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <div>
        <dt>{words.totals.redis}</dt>
        <dd>
          {isLost ? (
            UNKNOWN
          ) : (
            <Badge tone={redis === 'healthy' ? 'good' : 'bad'}>{words.redisIs[redis]}</Badge>
          )}
        </dd>
      </div>
    </dl>
  );
}
