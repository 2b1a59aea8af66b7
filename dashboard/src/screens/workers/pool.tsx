/**
 * One pool: its bounds, what it has and should have, why, who has its slots, and every decision that is kept.
 */
import '../queue/queue.css';
import type { JSX } from 'preact';
import { Link, useSearchParams } from 'wouter-preact';
import type { DecisionView } from '../../../../src/operations/views.ts';
import { useApi } from '../../api/api.tsx';
import { useAsk } from '../../api/use-ask.ts';
import { to } from '../../shell/paths.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';
import { PoolDecisions } from './pool-decisions.tsx';
import { PoolFigures } from './pool-figures.tsx';
import { PoolPin } from './pool-pin.tsx';
import { PoolPlot } from './pool-plot.tsx';
import { PoolShares } from './pool-shares.tsx';
import { PoolWhy } from './pool-why.tsx';

const EVERY_MS = 5_000;
const PAGE = 50;
const MOST = 500;
/** The plot goes back as far as the decisions that are shown; at least so far, when these are all. */
const LEAST_SPAN_MS = 3_600_000;

/** The screen. */
export default function Pool({ queue }: { readonly queue: string }): JSX.Element {
  const words = useWords();
  const own = words.pools;
  const [address, setAddress] = useSearchParams();
  const limit = Math.min(MOST, Math.max(PAGE, Number(address.get('show')) || PAGE));
  const { data: pool, error, refetch } = useAsk('pools.get', { queue }, { everyMs: EVERY_MS });
  const { data: decisions } = useAsk(
    'pools.decisions',
    { queue, limit },
    { everyMs: EVERY_MS, keepsLast: true, enabled: pool !== undefined },
  );
  const isWhole = (decisions?.length ?? 0) < limit;
  const lastMs = useSpan(decisions, isWhole);
  return (
    <Screen
      title={own.of(queue)}
      mark={pool?.frozenFor != null && <Badge tone="warn">{own.isFrozen}</Badge>}
      crumbs={<Link href={to.workers()}>{words.shell.nav.workers}</Link>}
      actions={
        pool && (
          <>
            <Link class="button" href={to.queue(queue)}>
              {own.queue}
            </Link>
            <PoolPin pool={pool} />
          </>
        )
      }
      isReady={pool !== undefined && decisions !== undefined}
      error={error}
      onRetry={() => void refetch()}
    >
      {pool && decisions && (
        <div class="stack">
          <section class="card" aria-label={own.why}>
            <PoolWhy pool={pool} />
          </section>
          <PoolFigures pool={pool} />
          <section class="card">
            <h2>{own.overTime}</h2>
            <div class="charts">
              <PoolPlot {...{ pool, decisions, lastMs }} withLoad />
            </div>
          </section>
          <PoolShares pool={pool} />
          <div class="card stack">
            <PoolDecisions decisions={decisions} />
            {isWhole || limit >= MOST ? (
              <p class="muted small">{own.oldest}</p>
            ) : (
              <Button
                onClick={() =>
                  setAddress({ show: String(Math.min(MOST, limit * 2)) }, { replace: true })
                }
              >
                {own.more}
              </Button>
            )}
          </div>
        </div>
      )}
    </Screen>
  );
}

function useSpan(decisions: readonly DecisionView[] | undefined, isWhole: boolean): number {
  const { live } = useApi();
  const oldest = decisions?.at(-1)?.at;
  if (oldest === undefined) return LEAST_SPAN_MS;
  const sinceMs = Date.now() + live.state.clockAhead - oldest;
  // In whole minutes, so that it is not another one each time.
  return Math.max(isWhole ? LEAST_SPAN_MS : 0, Math.ceil((sinceMs * 1.05) / 60_000) * 60_000);
}
