/**
 * What the pool of a queue does: its slots over time, why, and what was decided last.
 */
import type { JSX } from 'preact';
import { Link, useSearchParams } from 'wouter-preact';
import { useAsk } from '../../api/use-ask.ts';
import { to } from '../../shell/paths.ts';
import { useWords } from '../../words/words.tsx';
import { PoolDecisions } from '../workers/pool-decisions.tsx';
import { PoolPin } from '../workers/pool-pin.tsx';
import { PoolPlot } from '../workers/pool-plot.tsx';
import { PoolWhy } from '../workers/pool-why.tsx';
import { RANGES, rangeOf } from './history-lines.ts';

const EVERY_MS = 15_000;
const MOST_PLOTTED = 200;
const MOST_TOLD = 3;

/** The pool; there must be one. */
export function QueuePool({ queue }: { readonly queue: string }): JSX.Element | null {
  const words = useWords().queue.pool;
  const [address] = useSearchParams();
  const { data: pool } = useAsk('pools.get', { queue }, { everyMs: EVERY_MS });
  const { data: decisions } = useAsk(
    'pools.decisions',
    { queue, limit: MOST_PLOTTED },
    { everyMs: EVERY_MS },
  );
  if (!pool) return null;
  return (
    <section class="card stack" aria-label={words.title}>
      <div class="card-head">
        <h2>{words.title}</h2>
        <Link class="small" href={to.pool(queue)}>
          {words.open}
        </Link>
        <PoolPin pool={pool} />
      </div>
      <PoolWhy pool={pool} />
      {decisions && (
        <div class="charts">
          <PoolPlot
            {...{ pool, decisions }}
            lastMs={RANGES[rangeOf(address.get('range'))].lastMs}
          />
          <PoolDecisions decisions={decisions.slice(0, MOST_TOLD)} />
        </div>
      )}
    </section>
  );
}
