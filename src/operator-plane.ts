/**
 * Everything for operators, wired: the operations on any queue of this Redis, and the gate that faces go through.
 */
import { AuditChain } from './access/audit-chain.ts';
import { AuditLog } from './access/audit-log.ts';
import { CHANGES, RateLimit } from './access/rate-limit.ts';
import { systemClock } from './base/clock.ts';
import type { ControlPlane, ControlPlaneSources, Periodic } from './control-plane.ts';
import { AccessOperations } from './operations/access/access-operations.ts';
import { ControlSurface } from './operations/control-surface.ts';
import { DoctorOperations } from './operations/doctor/doctor-operations.ts';
import { lookAtStart } from './operations/doctor/start-look.ts';
import { FleetOperations } from './operations/fleet/fleet-operations.ts';
import { StaleFlags } from './operations/fleet/stale-flags.ts';
import type { HealthOperations } from './operations/insight/health-operations.ts';
import { JobOperations } from './operations/jobs/job-operations.ts';
import { LiveOperations } from './operations/live/live-operations.ts';
import type { Operations } from './operations/operations.ts';
import type { OperatorSources } from './operations/operator-sources.ts';
import { QueueOperations } from './operations/queues/queue-operations.ts';
import { RedisOperations } from './operations/redis/redis-operations.ts';
import { QueueDirectory } from './queues/queue-directory.ts';

/** What it is made of. */
export interface OperatorPlaneSources
  extends Omit<ControlPlaneSources, 'recorder' | 'hostId' | 'isRedisUp' | 'discovered'> {
  readonly health: HealthOperations;
  readonly controlPlane: ControlPlane;
}

/** Operations and the control surface. */
export class OperatorPlane {
  readonly operations: Operations;
  readonly control: ControlSurface;
  /** In the order in which they belong. */
  readonly periodic: readonly Periodic[];
  readonly #directory: QueueDirectory;

  constructor(parts: OperatorPlaneSources) {
    const { config, bus, hub, gate, keys, queues, health, controlPlane } = parts;
    const { metrics, memory, deadLetters, pools, retention, lease } = controlPlane;
    const { announce } = bus;
    const directory = new QueueDirectory({ config, hub, gate, keys, queues });
    const isRefused = (): boolean => (hub.refusals.current?.reason ?? 'NOPERM') !== 'NOPERM';
    const isReadOnly = (): boolean => config.readOnly;
    const now = (): number => hub.serverClock.now ?? systemClock.now();
    const chain = new AuditChain({ hub, gate, keys, announce, now });
    const audit = new AuditLog({ chain, announce, isReadOnly, now });
    const changes = new RateLimit(CHANGES);
    const limit = (key: string): number => changes.take(key, systemClock.monotonic());
    const sources: OperatorSources = {
      ...{ config, hub, gate, keys, announce, queues, directory, audit, isReadOnly },
      ...{ workers: parts.workers, payloads: parts.payloads, redactor: parts.redactor, lease },
      ...{ health, memory, deadLetters, serverNow: () => hub.serverClock.now },
    };
    const access = new AccessOperations(sources);
    const live = new LiveOperations(sources);
    this.#directory = directory;
    this.operations = {
      ...{ health, metrics, memory, deadLetters, pools, retention },
      queues: new QueueOperations(sources),
      jobs: new JobOperations(sources),
      fleet: new FleetOperations(sources),
      redis: new RedisOperations(sources),
      ...{ access, live },
      doctor: new DoctorOperations(sources),
    };
    this.control = new ControlSurface({
      ...{ operations: this.operations, audit, isReadOnly, limit, announce, tokens: access.tokens },
    });
    const staleFlags = new StaleFlags({ command: hub.command, keys, lease });
    const discovery = async (): Promise<void> => {
      if (!isRefused()) await directory.round();
    };
    bus.on('coordinator.stopping', () => live.close());
    const endStartLook = bus.on('connection.ready', ({ role }) => {
      if (role !== 'command') return;
      endStartLook();
      if (sources.isReadOnly()) return;
      const sampleKeys = [directory.keyPrefix('acl-check'), keys.probe('acl-check')];
      void lookAtStart(hub.command, config.address?.host ?? '', sampleKeys, announce);
    });
    const { bulk } = this.operations.jobs;
    this.periodic = [
      { name: 'held audit', intervalMs: 2_000, run: () => audit.flush() },
      { name: 'job bulk actions', intervalMs: 1_000, run: () => bulk.round() },
      {
        name: 'worker flags',
        intervalMs: 60_000,
        run: async () => (isRefused() ? undefined : staleFlags.round()),
      },
      { name: 'queue discovery', intervalMs: 1_000, run: discovery, onlyReads: true },
      { name: 'overview', intervalMs: 1_000, run: () => live.round(), onlyReads: true },
    ];
  }

  /** Labels of all queues that have been found. */
  async discovered(): Promise<readonly string[]> {
    await this.#directory.look();
    return this.#directory.labels();
  }

  /** Never waits for Redis. */
  async close(): Promise<void> {
    this.operations.jobs.bulk.stop();
    await this.#directory.close();
  }
}
