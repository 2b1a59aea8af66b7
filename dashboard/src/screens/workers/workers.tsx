/**
 * Who runs the jobs: the pools of the fleet, and its processes with their load.
 */
import type { JSX } from 'preact';
import { useAsk } from '../../api/use-ask.ts';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';
import { Pools } from './pools.tsx';
import { Processes } from './processes.tsx';

/** Heartbeats come every few seconds; the stream does not tell of them. */
const EVERY_MS = 5_000;

/** The screen. */
export default function Workers(): JSX.Element {
  const words = useWords().workers;
  const workers = useAsk('workers.list', {}, { everyMs: EVERY_MS });
  const pools = useAsk('pools.list', {}, { everyMs: EVERY_MS });
  const error = workers.error ?? pools.error;
  return (
    <Screen
      title={words.title}
      isReady={workers.data !== undefined && pools.data !== undefined}
      error={error}
      onRetry={() => void Promise.all([workers.refetch(), pools.refetch()])}
    >
      <div class="stack">
        <Pools pools={pools.data ?? []} />
        <Processes workers={workers.data ?? []} />
      </div>
    </Screen>
  );
}
