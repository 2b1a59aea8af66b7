/**
 * One queue: how it is and why, what it did over time, what its pool does, and what can be done about it.
 */
import './queue.css';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { useMay } from '../../api/me.tsx';
import { useAsk } from '../../api/use-ask.ts';
import { useLive } from '../../live/use-live.ts';
import { to } from '../../shell/paths.ts';
import { HealthBadge } from '../../ui/badge.tsx';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';
import { Causes } from './causes.tsx';
import { CleanUp } from './clean-up.tsx';
import { History } from './history.tsx';
import { Limits } from './limits.tsx';
import { Memory } from './memory.tsx';
import { Pause } from './pause.tsx';
import { QueueFigures } from './queue-figures.tsx';
import { QueueNotice } from './queue-notice.tsx';
import { QueuePool } from './queue-pool.tsx';
import { Retention } from './retention.tsx';
import { StateLinks } from './state-links.tsx';

/** What no live row tells is asked for again after so long. */
const EVERY_MS = 15_000;

/** The screen. */
export default function Queue({ queue }: { readonly queue: string }): JSX.Element {
  const words = useWords();
  const may = useMay();
  const row = useLive((live) => live.row(queue));
  const { data: view, error, refetch } = useAsk('queues.get', { queue }, { everyMs: EVERY_MS });
  const isPausedNow = row?.isPaused;
  useEffect(() => {
    if (isPausedNow !== undefined) void refetch();
  }, [isPausedNow, refetch]);
  const isPaused = view?.isPaused ?? false;
  const judged = row?.health ?? null;
  return (
    <Screen
      title={queue}
      mark={
        <HealthBadge
          hint={judged === null ? words.queue.notJudged : undefined}
          health={isPaused ? 'paused' : judged === 'paused' ? null : judged}
        />
      }
      crumbs={<Link href={to.overview()}>{words.shell.nav.overview}</Link>}
      actions={
        view && (
          <>
            <Link class="button" href={to.jobs(queue)}>
              {words.queue.jobs}
            </Link>
            {may('audit.list') && (
              <Link class="button" href={to.audit({ queue })}>
                {words.shell.nav.audit}
              </Link>
            )}
            <Pause view={view} />
          </>
        )
      }
      isReady={view !== undefined}
      error={error}
      onRetry={() => void refetch()}
    >
      {view && (
        <div class="stack">
          <QueueNotice {...{ view, row }} />
          {may('groups.list', queue) && <Causes queue={queue} total={row?.deadLetters ?? null} />}
          <StateLinks queue={queue} counts={row?.counts ?? view.counts} />
          <QueueFigures {...{ view, row }} />
          <History queue={queue} objectiveMs={row?.waitObjectiveMs ?? null} />
          {row?.pool && <QueuePool queue={queue} />}
          <Limits view={view} />
          <Memory queue={queue} />
          <Retention queue={queue} />
          <CleanUp view={view} />
        </div>
      )}
    </Screen>
  );
}
