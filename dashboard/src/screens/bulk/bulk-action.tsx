/**
 * One bulk action: what it does to what, how far it is, what went wrong, and what can be done about it.
 */
import type { JSX } from 'preact';
import { Link } from 'wouter-preact';
import type { BulkView } from '../../../../src/operations/views.ts';
import { useAsk } from '../../api/use-ask.ts';
import { to } from '../../shell/paths.ts';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';
import { BulkActs } from './bulk-acts.tsx';
import { BulkFacts } from './bulk-facts.tsx';
import { BulkNow } from './bulk-now.tsx';
import { BulkOutcome } from './bulk-outcome.tsx';
import { isActive } from './bulk-progress.ts';
import { BulkState } from './bulk-state.tsx';
import './bulk.css';

const EVERY_MS = 1_000;
/** Of what waits for somebody, who may sit elsewhere. */
const EVERY_MS_PAUSED = 5_000;

/** The screen of an action. */
export default function BulkAction({ bulk }: { readonly bulk: string }): JSX.Element {
  const words = useWords().bulk;
  const { data, error, refetch } = useAsk('bulk.get', { bulk }, { everyMs: followedEvery });
  return (
    <Screen
      title={data ? words.what[data.kind](data.queue, data.to ?? '') : words.one}
      crumbs={<Link href={to.bulk()}>{words.title}</Link>}
      mark={data && <BulkState state={data.state} reason={null} />}
      actions={data && <BulkActs view={data} />}
      isReady={data !== undefined}
      error={error}
      onRetry={() => void refetch()}
    >
      {data && (
        <div class="stack">
          <BulkNow view={data} />
          <div class="grid">
            <BulkOutcome view={data} />
            <BulkFacts view={data} />
          </div>
        </div>
      )}
    </Screen>
  );
}

/** Not at all when it is over. */
function followedEvery(last: BulkView | undefined): number | undefined {
  if (last === undefined || isActive(last)) return EVERY_MS;
  return last.state === 'paused' ? EVERY_MS_PAUSED : undefined;
}
