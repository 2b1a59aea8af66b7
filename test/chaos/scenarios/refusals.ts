/**
 * Redis is there and refuses. Promised for all: adds end with a typed error in time, fetching is held without
 * a hot loop, finished jobs are acknowledged when they can be, and all goes on by itself.
 */
import {
  failSnapshots,
  fillMemory,
  missReplicas,
  refuseClients,
  withRights,
} from '../faults/refusal.ts';
import { runEndlessScript } from '../faults/server.ts';
import type { Scenario } from '../harness/scenario.ts';

const family = 'Redis refuses';
const promise = 'nothing lost, nothing twice, no storm of errors, heals by itself';
const bounds = { errorsPerSecond: 1 };
const APP_USER = 'user app on >app ~* &* +@all';

export const REFUSALS: readonly Scenario[] = [
  {
    ...{ name: 'out-of-memory', family, promise, bounds, pace: 'fast' },
    fault: 'OOM for 5 s (maxmemory 1 MB)',
    run: (stage) => fillMemory(stage, 5_000),
  },
  {
    ...{ name: 'no-replicas', family, promise, bounds, pace: 'fast' },
    fault: 'NOREPLICAS for 6 s (min-replicas-to-write)',
    run: (stage) => missReplicas(stage, 6_000),
  },
  {
    ...{ name: 'acks-refused-20-s', family, bounds, pace: 'slow' },
    fault: 'every write is refused for 20 s, five locks long',
    promise: 'a job that has ended is not run again',
    run: (stage) => missReplicas(stage, 20_000),
  },
  {
    ...{ name: 'snapshot-failed', family, promise, bounds, pace: 'fast' },
    fault: 'MISCONF for 4 s: a snapshot cannot be written',
    setup: { config: { save: '3600 100000' } },
    run: (stage) => failSnapshots(stage, 4_000),
  },
  {
    ...{ name: 'busy-script', family, promise, bounds, pace: 'usual' },
    fault: 'BUSY for 5 s: a foreign script does not end',
    setup: { config: { 'lua-time-limit': '200' } },
    run: (stage) => runEndlessScript(stage, 5_000),
  },
  {
    ...{ name: 'too-many-clients', family, promise, pace: 'usual' },
    fault: 'maxclients 2 for 6 s and everybody cut off',
    run: (stage) => refuseClients(stage, 6_000),
  },
  {
    ...{ name: 'user-off', family, promise, pace: 'usual' },
    fault: 'the user is switched off and cut off for 6 s',
    setup: { user: APP_USER },
    run: (stage) => withRights(stage, { during: 'off', after: 'on', cut: true }, 6_000),
  },
  {
    ...{ name: 'password-changed', family, promise, pace: 'usual' },
    fault: 'the password is another one for 6 s, connections are cut',
    setup: { user: APP_USER },
    run: (stage) =>
      withRights(stage, { during: 'resetpass >other', after: 'resetpass >app', cut: true }, 6_000),
  },
  {
    ...{ name: 'command-revoked', family, pace: 'usual' },
    // A job whose end was not recorded is put back and runs again.
    bounds: { ...bounds, repeats: 'in flight' },
    fault: 'HINCRBY is forbidden for 5 s: scripts stop half-way',
    promise:
      'no job falls between the sets, nothing lost; only jobs whose end was cut off run again',
    setup: { user: APP_USER },
    run: (stage) => withRights(stage, { during: '-hincrby', after: '+hincrby', cut: false }, 5_000),
  },
  {
    ...{ name: 'info-denied-at-start', family, pace: 'fast' },
    fault: 'INFO is forbidden when the workers start, and allowed 4 s later',
    promise: 'the process neither spins nor grows, and begins when it may',
    setup: { user: `${APP_USER} -info`, warm: 'none' },
    async run(stage) {
      await stage.sleep(1_000);
      await withRights(stage, { during: '-info', after: '+info', cut: false }, 4_000);
    },
  },
];
