/**
 * Wires what counts, judges and keeps: metrics, the health of queues, dead letters and bulk actions.
 *
 * What the job plane is handed, it needs when it is made: `createCapture` and `createRecorder` come before it, the
 * `ControlPlane` after it. If all of this fails, jobs still run.
 */
import type { Redis } from 'ioredis';
import type { FailureRecorder } from './backend/failure-recorder.ts';
import type { OutageGate } from './backend/outage-gate.ts';
import type { Config } from './config/resolve-config.ts';
import { BULK_COMPANIONS } from './dead-letters/companions.ts';
import { DeadLettersStore } from './dead-letters/dead-letters-store.ts';
import { LetterShower, type PayloadOpener } from './dead-letters/letter-shower.ts';
import { Reconciler, recordedUntil } from './dead-letters/reconciler.ts';
import { DeadLetterRecorder } from './dead-letters/record.ts';
import { trimDeadLetters } from './dead-letters/trim.ts';
import type { EventBus } from './events.ts';
import { FleetWatch } from './fleet-watch.ts';
import { type Keys, queueLabel } from './keys.ts';
import type { ExpositionFigures } from './metrics/exposition-input.ts';
import { Flush } from './metrics/flush.ts';
import { ProcessWatch } from './metrics/process-watch.ts';
import { Recorder } from './metrics/recorder.ts';
import { RollUp } from './metrics/roll-up.ts';
import { SweptCount } from './metrics/swept-count.ts';
import { createTriage, type Triage } from './operations/dead-letters/triage.ts';
import { PoolOperations } from './operations/fleet/pool-operations.ts';
import { MemoryOperations } from './operations/insight/memory-operations.ts';
import {
  createMetricsOperations,
  type MetricsOperations,
} from './operations/insight/metrics-operations.ts';
import { RetentionOperations } from './operations/insight/retention-operations.ts';
import { JOB_COMPANIONS } from './operations/jobs/job-steps.ts';
import type { Payloads } from './payloads/payloads.ts';
import { Redactor } from './payloads/redactor.ts';
import { readStoredHead } from './payloads/stored-head.ts';
import { PoolMember } from './pools/pool-member.ts';
import { ScaleEventCount } from './pools/scale-event-count.ts';
import { Scaler } from './pools/scaler.ts';
import type { QueueManager } from './queues/queue-manager.ts';
import type { Companion } from './redis/companions.ts';
import type { Hub } from './redis/hub.ts';
import { Lease } from './redis/lease.ts';
import { BodySweep, sweepIntervalMs } from './retention/body-sweep.ts';
import { PublishPolicies } from './retention/publish-policies.ts';
import { REMOVAL_COMPANION } from './retention/remove-jobs.ts';
import { Sweep } from './retention/sweep.ts';
import { VERSION } from './version.ts';
import type { WorkerManager } from './workers/worker-manager.ts';

/** What keeps the failures of jobs. */
export interface Capture {
  readonly failures: FailureRecorder | undefined;
  /** What must be defined on the clients for it, and for replays. */
  readonly companions: readonly Companion[];
}

/** Something periodic. */
export interface Periodic {
  readonly name: string;
  readonly intervalMs: number;
  readonly run: () => Promise<void> | void;
  /** Goes on in a process that changes nothing. @default false */
  readonly onlyReads?: true;
}

/** Before there are sockets. Does no I/O. */
export function createCapture(config: Config, keys: Keys): Capture {
  const { host, appVersion: version, deadLetters } = config;
  const failures =
    deadLetters && new DeadLetterRecorder({ keys, host, version, keepMs: deadLetters.keepMs });
  return {
    failures,
    companions: [
      ...BULK_COMPANIONS,
      ...JOB_COMPANIONS,
      REMOVAL_COMPANION,
      ...(failures ? [failures.companion] : []),
    ],
  };
}

/** Before there are queues. */
export function createRedactor(
  keys: Keys,
  hub: Pick<Hub, 'command'>,
  definitions: () => QueueManager['definitions'],
): Redactor {
  return new Redactor({
    keys,
    redis: () => hub.command.raw(),
    declared: () =>
      new Map([...definitions()].map(([label, { payload }]) => [label, payload?.redact ?? []])),
  });
}

/** Before there are queues. Undefined when this process does not measure. */
export function createRecorder(config: Config, hub: Hub, bus: EventBus): Recorder | undefined {
  if (!config.metrics || config.readOnly) return undefined;
  return new Recorder({
    labelOf: (queue) => queueLabel(config.prefix, queue),
    bus,
    serverNow: () => hub.serverClock.now,
  });
}

/** What the control plane works on. */
export interface ControlPlaneSources {
  readonly config: Config;
  readonly keys: Keys;
  readonly bus: EventBus;
  readonly recorder: Recorder | undefined;
  readonly redactor: Redactor;
  readonly hub: Hub;
  readonly gate: OutageGate;
  readonly queues: QueueManager;
  readonly payloads: Payloads;
  readonly workers: WorkerManager;
  /** Name of this process in Redis, once it is known to be free. */
  readonly hostId: () => string | undefined;
  /** Labels of the queues that are in this Redis, whoever uses them. */
  readonly discovered: () => Promise<readonly string[]>;
  /** Whether Redis is healthy, as `/health/redis` says it. */
  readonly isRedisUp: () => boolean;
}

/** Everything beside the jobs. */
export class ControlPlane {
  readonly metrics: MetricsOperations;
  /** What queues take of Redis's memory. */
  readonly memory: MemoryOperations;
  /** Pools of the whole fleet. */
  readonly pools: PoolOperations;
  /** How long the data of queues is kept. */
  readonly retention: RetentionOperations;
  /** Who leads the fleet. */
  readonly lease: Lease;
  /** In the order in which they belong. */
  readonly periodic: readonly Periodic[];
  readonly #sources: ControlPlaneSources;
  readonly #flush: Flush | undefined;
  readonly #fleet: FleetWatch;
  readonly #process: ProcessWatch;
  readonly #triage: Triage;
  readonly #shower: LetterShower;
  readonly #member: PoolMember;
  readonly #scaler: Scaler;
  readonly #scaleEvents: ScaleEventCount;
  readonly #swept: SweptCount;
  readonly #sweep: Sweep;
  readonly #bodySweep: BodySweep;

  constructor(sources: ControlPlaneSources) {
    const { config, keys, bus, recorder, hub, gate, queues, payloads } = sources;
    const { command } = hub;
    const { announce } = bus;
    const hostId = `${config.host}:${config.pid}`;
    const serverNow = (): number | undefined => hub.serverClock.now;
    const lease = new Lease({ name: 'fleet', connection: command, keys, hostId });
    const letters = new DeadLettersStore({
      keys,
      onBulk: (run) => hub.onBulk(async (bulk) => run(await bulk.raw())),
      // Consoles record for queues that no process of Drover has: whoever asks here sees these as well. Without the
      // right to look for them, those that are named are what can be known.
      queues: async () => [
        ...new Set([...(await this.#labels()), ...(await sources.discovered().catch(() => []))]),
      ],
    });
    this.#sources = sources;
    this.lease = lease;
    this.#flush = recorder && new Flush({ recorder, command, keys, hostId, announce });
    this.#fleet = new FleetWatch({
      ...{ command, keys, announce, lease, serverNow },
      labels: () => this.#labels(),
      definitions: () => queues.definitions,
    });
    this.#process = new ProcessWatch({ hub, bus, isRedisUp: sources.isRedisUp });
    this.#shower = new LetterShower({ redactor: sources.redactor, payloads: openerOf(payloads) });
    this.#triage = createTriage({
      ...{ hub, gate, keys, announce, queues, letters, leadership: lease },
      ...{ payloads: payloads.codecs, shower: this.#shower },
    });
    const { host, appVersion } = config;
    const isRefused = (): boolean => (hub.refusals.current?.reason ?? 'NOPERM') !== 'NOPERM';
    /** Whoever tries each second would fail each second; the hub finds out when the refusal is over. */
    const unlessRefused = (run: () => Promise<void>) => async (): Promise<void> => {
      if (!isRefused()) await run();
    };
    this.#member = new PoolMember({
      ...{ hub, keys, bus, host, workers: sources.workers, id: sources.hostId },
      ...{ version: appVersion ?? null, isRefused },
    });
    this.retention = new RetentionOperations({
      ...{ hub, gate, keys },
      bodySweep: () => this.#bodySweep.view,
    });
    this.#bodySweep = new BodySweep({
      ...{ command, keys, announce, lease, serverNow },
      ...{ stores: payloads.bodies.stores, graceMs: config.bodies.graceMs },
      onBulk: (run) => hub.onBulk(async (bulk) => run(await bulk.raw())),
    });
    this.#sweep = new Sweep({
      ...{ keys, announce, lease, command },
      onBulk: (run) => hub.onBulk(async (bulk) => run(await bulk.raw())),
      ...(config.deadLetters && {
        recordedUntil: (redis, label) => recordedUntil(redis, keys, label),
      }),
    });
    this.#scaler = new Scaler({ command, keys, announce, lease });
    this.#scaleEvents = new ScaleEventCount(bus);
    this.#swept = new SweptCount(bus);
    const labelOf = (name: string): string => queueLabel(config.prefix, name);
    this.pools = new PoolOperations({ ...{ hub, gate, keys, serverNow }, labelOf });
    this.metrics = createMetricsOperations({
      ...{ hub, gate, keys, serverNow, labelOf },
      figures: () => this.#figures(),
    });
    this.memory = new MemoryOperations({
      ...{ hub, gate, keys, labelOf, leadership: lease },
      labels: () => this.#labels(),
    });
    this.periodic = [
      { name: 'lease', intervalMs: 3_000, run: async () => void (await lease.acquire()) },
      ...this.#measuring(),
      { name: 'redaction', intervalMs: 5_000, run: () => this.#redaction() },
      { name: 'pools', intervalMs: 1_000, run: () => this.#member.round() },
      { name: 'scaling', intervalMs: 1_000, run: unlessRefused(() => this.#scaler.round()) },
      { name: 'fleet', intervalMs: 15_000, run: () => this.#fleet.round() },
      { name: 'memory', intervalMs: 15_000, run: unlessRefused(() => this.memory.round()) },
      {
        name: 'bulk actions',
        intervalMs: 1_000,
        run: unlessRefused(() => this.#triage.runner.round()),
      },
      ...this.#keeping(),
      ...this.#sweeping(),
    ];
  }

  /** Dead letters and bulk actions on them. */
  get deadLetters(): Triage['operations'] {
    return this.#triage.operations;
  }

  /** Redis is there, perhaps again: who leads, what its pools should have and what is secret is asked at once. */
  async refresh(): Promise<void> {
    await this.lease.acquire();
    await this.#member.round();
    await this.#redaction();
  }

  /** Bulk actions stop at their next part, the sweep at its next batch, looks at memory at their next queue. */
  quiet(): void {
    this.#triage.runner.stop();
    this.#sweep.stop();
    this.#bodySweep.stop();
    this.memory.stop();
  }

  /** Writes the last figures, within `timeoutMs`. Only after the last job. */
  async flush(timeoutMs: number): Promise<void> {
    await this.#flush?.close(timeoutMs);
  }

  /** Lets other processes have the slots of this one. Together with the workers' end. */
  beginLeavingPools(): void {
    this.#member.beginLeaving();
  }

  /** Says for the last time how this process's pools are. Only after the last job. */
  async leavePools(): Promise<void> {
    await this.#member.leave();
  }

  /** Lets another process lead at once. */
  async resign(): Promise<void> {
    await this.#scaler.stop();
    await this.lease.release();
  }

  async #redaction(): Promise<void> {
    const { redactor, hub } = this.#sources;
    if (hub.command.isReady) await redactor.round();
  }

  #measuring(): Periodic[] {
    const { recorder, config, hub, keys, queues, workers } = this.#sources;
    const labelOf = (queue: string): string => queueLabel(config.prefix, queue);
    const rollUp = new RollUp({
      ...{ command: hub.command, keys, lease: this.lease },
      serverNow: () => hub.serverClock.now,
      queues: async () => [...queues.definitions.keys(), ...(await this.#discovered())],
    });
    const merging = { name: 'metrics roll-up', intervalMs: 10_000, run: () => rollUp.round() };
    if (!recorder) return [merging];
    const sample = (): void =>
      recorder.sample(
        workers.workers.map(({ queue, slots, active }) => ({
          queue: labelOf(queue),
          ...{ slots, active },
        })),
      );
    return [
      { name: 'metrics samples', intervalMs: 1_000, run: sample },
      { name: 'metrics flush', intervalMs: 5_000, run: () => this.#flush!.flush() },
      merging,
    ];
  }

  /** Every process says how its queues are kept, and the leader lets go what is too old. */
  #sweeping(): Periodic[] {
    const { config, queues, keys, hub } = this.#sources;
    const { command } = hub;
    const publish = new PublishPolicies({ command, keys, policies: () => queues.retentions });
    // A full Redis is refusing too, and sweeping is what helps it.
    const isRefused = (): boolean =>
      !['OOM', 'NOPERM'].includes(hub.refusals.current?.reason ?? 'NOPERM');
    const sweep = async (): Promise<void> => {
      if (command.isReady && !isRefused()) await this.#sweep.round();
    };
    return [
      { name: 'retention policies', intervalMs: 5_000, run: () => publish.round() },
      { name: 'retention', intervalMs: 10_000, run: sweep },
      {
        name: 'body sweep',
        intervalMs: sweepIntervalMs(config.bodies.graceMs),
        run: () => this.#bodySweep.round(),
      },
    ];
  }

  /** The leader finds failures that left no record, and forgets what is old. */
  #keeping(): Periodic[] {
    const { config, keys, hub } = this.#sources;
    const keep = config.deadLetters;
    if (!keep) return [];
    const onBulk: ConstructorParameters<typeof Reconciler>[0]['onBulk'] = (run) =>
      hub.onBulk(async (bulk) => run(await bulk.raw()));
    // The failed jobs of all that are swept wait for it.
    const queues = async (): Promise<string[]> => {
      const swept = await (await hub.command.raw()).zrange(keys.retentions(), '0', '-1');
      return [...new Set([...(await this.#labels()), ...swept])];
    };
    const command = (): Promise<Redis> => hub.command.raw();
    const hider = this.#shower.hiderOf.bind(this.#shower);
    const reconciler = new Reconciler({ keys, command, onBulk, queues, hider, ...keep });
    const run = async (): Promise<void> => {
      if (!this.lease.isHeld || !hub.command.isReady) return;
      await reconciler.round();
      await trimDeadLetters(await command(), keys, await queues(), keep);
    };
    return [{ name: 'dead letters', intervalMs: 30_000, run }];
  }

  /** A process without queues of its own is a console: what it leads is for all queues that it has found. */
  async #discovered(): Promise<readonly string[]> {
    const { queues, discovered } = this.#sources;
    return queues.definitions.size === 0 ? discovered() : [];
  }

  /** Labels of this process's queues, and of those that any process has measured. */
  async #labels(): Promise<string[]> {
    const { hub, keys, queues } = this.#sources;
    const redis = await hub.command.raw();
    const measured = await redis.zrange(keys.metrics(), '0', '-1');
    return [...new Set([...queues.definitions.keys(), ...measured, ...(await this.#discovered())])];
  }

  #figures(): ExpositionFigures {
    const { queues, config, recorder } = this.#sources;
    const totals = recorder?.totals;
    const captured = totals?.map(({ queue, names }): [string, number] => [
      queue,
      names.reduce((sum, { dead }) => sum + dead, 0),
    ]);
    const fleet = this.#fleet.figures;
    return {
      version: VERSION,
      queues: [...queues.definitions.keys()],
      totals,
      deadLettersCaptured: captured && config.deadLetters ? new Map(captured) : undefined,
      fleet: fleet && { ...fleet, memory: this.memory.last },
      scaleEvents: this.#scaleEvents.all,
      swept: this.#swept.all,
      redis: this.#process.redis,
      shutdownSeconds: this.#process.shutdownSeconds,
    };
  }
}

function openerOf({ codecs }: Payloads): PayloadOpener {
  return {
    open: (queue, stored) => codecs.of(queue).unpack('data', stored),
    isEncrypted: (stored) => readStoredHead(stored).isEncrypted,
  };
}
