/**
 * Everything for operators, wired: the operations on any queue of this Redis, and the gate that faces go through.
 */
import { announcedAudit } from './access/announced-audit.ts';
import type { DroverBackendFactory } from './backend/backend-factory.ts';
import type { ControlPlane, ControlPlaneSources, Periodic } from './control-plane.ts';
import { AccessOperations } from './operations/access/access-operations.ts';
import { ControlSurface } from './operations/control-surface.ts';
import { DoctorOperations } from './operations/doctor/doctor-operations.ts';
import { lookAtStart } from './operations/doctor/start-look.ts';
import { FleetOperations } from './operations/fleet/fleet-operations.ts';
import type { HealthOperations } from './operations/health-operations.ts';
import { JobOperations } from './operations/jobs/job-operations.ts';
import { LiveOperations } from './operations/live/live-operations.ts';
import type { Operations } from './operations/operations.ts';
import type { OperatorSources } from './operations/operator-sources.ts';
import { QueueOperations } from './operations/queues/queue-operations.ts';
import { RedisOperations } from './operations/redis/redis-operations.ts';
import { QueueDirectory } from './queues/queue-directory.ts';

/** What it is made of. */
export interface OperatorPlaneSources
  extends Omit<ControlPlaneSources, 'recorder' | 'hostId' | 'isRedisUp'> {
  readonly backend: DroverBackendFactory;
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
    const { config, bus, hub, gate, queues, backend, health, controlPlane } = parts;
    const { metrics, memory, deadLetters, pools, retention, lease } = controlPlane;
    const { announce } = bus;
    const directory = new QueueDirectory({ config, hub, gate, backend, queues });
    const audit = announcedAudit(announce);
    const isReadOnly = (): boolean => config.readOnly;
    const sources: OperatorSources = {
      ...{ config, hub, gate, keys: parts.keys, announce, queues, directory, audit, isReadOnly },
      ...{ workers: parts.workers, payloads: parts.payloads, redactor: parts.redactor, lease },
      ...{ health, memory, deadLetters, serverNow: () => hub.serverClock.now },
    };
    this.#directory = directory;
    this.operations = {
      ...{ health, metrics, memory, deadLetters, pools, retention },
      queues: new QueueOperations(sources),
      jobs: new JobOperations(sources),
      fleet: new FleetOperations(sources),
      redis: new RedisOperations(sources),
      access: new AccessOperations(sources),
      live: new LiveOperations(sources),
      doctor: new DoctorOperations(sources),
    };
    this.control = new ControlSurface({
      ...{ operations: this.operations, audit, isReadOnly, limit: () => 0 },
    });
    const endStartLook = bus.on('connection.ready', ({ role }) => {
      if (role !== 'command') return;
      endStartLook();
      void lookAtStart(hub.command, config.address?.host ?? '', announce);
    });
    this.periodic = [];
  }

  /** Never waits for Redis. */
  async close(): Promise<void> {
    await this.#directory.close();
  }
}
