/**
 * The screens and their addresses. Each but the overview is loaded when somebody goes there.
 */
import type { JSX } from 'preact';
import { Link, Route, Switch } from 'wouter-preact';
import { Overview } from './screens/overview/overview.tsx';
import { to } from './shell/paths.ts';
import { lazyScreen } from './ui/lazy-screen.tsx';
import { Screen } from './ui/screen.tsx';
import { useWords } from './words/words.tsx';

const Queue = lazyScreen(() => import('./screens/queue/queue.tsx'));
const Jobs = lazyScreen(() => import('./screens/jobs/jobs.tsx'));
const Job = lazyScreen(() => import('./screens/job/job.tsx'));
const DeadLetters = lazyScreen(() => import('./screens/dead-letters/dead-letters.tsx'));
const Group = lazyScreen(() => import('./screens/dead-letters/group.tsx'));
const DeadLetter = lazyScreen(() => import('./screens/dead-letters/dead-letter.tsx'));
const Bulk = lazyScreen(() => import('./screens/bulk/bulk.tsx'));
const BulkAction = lazyScreen(() => import('./screens/bulk/bulk-action.tsx'));
const Workers = lazyScreen(() => import('./screens/workers/workers.tsx'));
const Pool = lazyScreen(() => import('./screens/workers/pool.tsx'));
const Schedulers = lazyScreen(() => import('./screens/schedulers/schedulers.tsx'));
const Scheduler = lazyScreen(() => import('./screens/schedulers/scheduler.tsx'));
const Redis = lazyScreen(() => import('./screens/redis/redis.tsx'));
const Audit = lazyScreen(() => import('./screens/audit/audit.tsx'));
const Access = lazyScreen(() => import('./screens/access/access.tsx'));

/** The screen of the address. A part that names something is decoded already. */
export function App(): JSX.Element {
  return (
    <Switch>
      <Route path="/">{() => <Overview />}</Route>
      <Route path="/queues/:queue">{({ queue }) => <Queue key={queue} queue={queue} />}</Route>
      <Route path="/queues/:queue/jobs">{({ queue }) => <Jobs key={queue} queue={queue} />}</Route>
      <Route path="/queues/:queue/jobs/:job">
        {({ queue, job }) => <Job key={`${queue} ${job}`} queue={queue} job={job} />}
      </Route>
      <Route path="/queues/:queue/dead-letters/:job">
        {({ queue, job }) => <DeadLetter key={`${queue} ${job}`} queue={queue} job={job} />}
      </Route>
      <Route path="/queues/:queue/schedulers/:scheduler">
        {({ queue, scheduler }) => (
          <Scheduler key={`${queue} ${scheduler}`} queue={queue} scheduler={scheduler} />
        )}
      </Route>
      <Route path="/dead-letters">{() => <DeadLetters />}</Route>
      <Route path="/dead-letters/:group">
        {({ group }) => <Group key={group} group={group} />}
      </Route>
      <Route path="/bulk">{() => <Bulk />}</Route>
      <Route path="/bulk/:bulk">{({ bulk }) => <BulkAction key={bulk} bulk={bulk} />}</Route>
      <Route path="/workers">{() => <Workers />}</Route>
      <Route path="/pools/:queue">{({ queue }) => <Pool key={queue} queue={queue} />}</Route>
      <Route path="/schedulers">{() => <Schedulers />}</Route>
      <Route path="/redis">{() => <Redis />}</Route>
      <Route path="/audit">{() => <Audit />}</Route>
      <Route path="/access">{() => <Access />}</Route>
      <Route>{() => <NothingHere />}</Route>
    </Switch>
  );
}

function NothingHere(): JSX.Element {
  const words = useWords().shell;
  return (
    <Screen title={words.nothingHere}>
      <Link href={to.overview()}>{words.toOverview}</Link>
    </Screen>
  );
}
