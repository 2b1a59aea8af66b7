/**
 * The Redis server: memory by queue, clients by role, slow commands, and what the doctor finds.
 */
import type { JSX } from 'preact';
import { useSearchParams } from 'wouter-preact';
import { useAsk } from '../../api/use-ask.ts';
import { to } from '../../shell/paths.ts';
import { Screen } from '../../ui/screen.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useWords } from '../../words/words.tsx';
import { Clients } from './clients.tsx';
import { Doctor } from './doctor.tsx';
import { ServerFigures } from './server-figures.tsx';
import { SlowCommands } from './slow-commands.tsx';

const TABS = ['server', 'clients', 'slow', 'doctor'] as const;
const EVERY_MS = 5_000;

/** The screen. */
export default function Redis(): JSX.Element {
  const words = useWords().redis;
  const [params] = useSearchParams();
  const tab = TABS.find((each) => each === params.get('tab')) ?? 'server';
  const { data, error, refetch } = useAsk('redis.info', {}, { everyMs: EVERY_MS });
  return (
    <Screen
      title={data ? words.server(data.server ?? words.title, data.version ?? '') : words.title}
      isReady={data !== undefined}
      error={error}
      onRetry={() => void refetch()}
    >
      <Tabs
        label={words.title}
        tabs={TABS.map((each) => ({
          href: to.redis(each === 'server' ? undefined : each),
          label: words.tabs[each],
          isCurrent: each === tab,
        }))}
      />
      {data && tab === 'server' && <ServerFigures info={data} />}
      {tab === 'clients' && <Clients />}
      {tab === 'slow' && <SlowCommands />}
      {tab === 'doctor' && <Doctor />}
    </Screen>
  );
}
