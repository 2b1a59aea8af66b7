/**
 * The primary becomes another server.
 */
import { until } from '../../support/until.ts';
import type { Scenario } from '../harness/scenario.ts';
import type { Stage } from '../harness/stage.ts';

const family = 'the primary changes';

/** Redis's own orderly change of roles; what was accepted is on the new primary. */
async function changeRoles(stage: Stage): Promise<void> {
  const { replica } = stage;
  await stage.admin('FAILOVER', 'TO', '127.0.0.1', String(replica!.port));
  await until(
    async () => (await stage.clientOf(replica!).info('replication')).includes('role:master'),
    { what: 'the replica is the primary' },
  );
}

export const FAILOVERS: readonly Scenario[] = [
  {
    ...{ name: 'readonly-re-pointed', family, pace: 'fast' },
    fault:
      'the roles are changed, the address leads to the new primary; old connections hear READONLY',
    promise: 'connections are replaced, nothing lost, nothing twice',
    setup: { via: 'proxy', redis: 'replica' },
    async run(stage) {
      await changeRoles(stage);
      stage.proxy!.retarget({ port: stage.replica!.port });
      stage.server = stage.replica!;
    },
  },
  {
    ...{ name: 'address-moved', family, pace: 'usual' },
    fault: 'the primary is killed, the replica promoted 3 s later behind the same address',
    promise: 'what the replica had is not lost; at most the jobs in flight run again',
    setup: { via: 'proxy', redis: 'replica' },
    bounds: { repeats: 'in flight' },
    async run(stage) {
      await stage.server.kill();
      await stage.sleep(3_000);
      await stage.clientOf(stage.replica!).call('REPLICAOF', 'NO', 'ONE');
      stage.proxy!.retarget({ port: stage.replica!.port });
      stage.server = stage.replica!;
    },
  },
  {
    ...{ name: 'sentinel-failover', family, pace: 'slow' },
    fault: 'the primary is killed; three Sentinels promote the replica',
    promise: 'what the replica had is not lost; at most the jobs in flight run again',
    setup: { redis: 'sentinel' },
    bounds: { repeats: 'in flight' },
    async run(stage) {
      await stage.server.kill();
      const replica = stage.replica!;
      await until(
        async () => (await stage.clientOf(replica).info('replication')).includes('role:master'),
        { timeoutMs: 30_000, what: 'the Sentinels promote the replica' },
      );
      stage.server = replica;
    },
  },
];
