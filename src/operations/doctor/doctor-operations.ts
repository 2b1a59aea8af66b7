/**
 * What is wrong with this Redis and these queues, and how to mend it.
 *
 * A report reads only, whatever these rights are. When Redis is not connected, the report says why it cannot be reached.
 * One examination at a time: whoever asks meanwhile gets the same answer. The last sample stays in memory, so that a
 * quick run can tell what has grown since.
 */

import { orphansAmong } from '../../backend/orphans.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { withDeadline } from '../../base/wait.ts';
import { type AclRole, aclLine } from '../../doctor/acl-roles.ts';
import { CHECKS } from '../../doctor/checks.ts';
import { examine, type Finding, worstOf } from '../../doctor/examine.ts';
import { findQueues } from '../../doctor/find-queues.ts';
import { type Fix, planFix, runFix, SETTINGS_ONLY_BY_ID } from '../../doctor/fixes.ts';
import { diagnose, type Target } from '../../doctor/reachability.ts';
import type { Reading } from '../../doctor/reading.ts';
import type { Sample } from '../../doctor/sample.ts';
import { readScriptCommands } from '../../doctor/script-commands.ts';
import { takeSample } from '../../doctor/take-sample.ts';
import { tolerant } from '../../doctor/tolerant.ts';
import { CoordinatorError } from '../../errors.ts';
import type { RetentionPolicy } from '../../queues/retention-options.ts';
import type { Connection } from '../../redis/connection.ts';
import { readRetention } from '../../retention/sweep-record.ts';
import type { OperatorSources } from '../operator-sources.ts';
import type { AclView, DoctorReport, FixView } from './doctor-views.ts';

const KEEPS_FOR_MS = 3_600_000;
const PING_MS = 5_000;
const CONNECT_MS = 8_000;
const CLEAN_AT_ONCE = 10_000;

interface Examination {
  readonly report: DoctorReport;
  readonly sample: Sample | null;
}

/** The doctor. */
export class DoctorOperations {
  readonly #sources: OperatorSources;
  readonly #clock: Clock;
  #last: Sample | undefined;
  readonly #running = new Map<string, Promise<Examination>>();

  constructor(sources: OperatorSources, clock: Clock = systemClock) {
    this.#sources = sources;
    this.#clock = clock;
  }

  /** The whole report. Never rejects because Redis is away: then it has one finding, which says why. */
  async run(options: { quick?: boolean; queue?: string }): Promise<DoctorReport> {
    return (await this.#examine(options)).report;
  }

  /** Mends what is safe, or shows what it would do. */
  async fix({
    checks,
    dryRun = false,
  }: {
    checks?: readonly string[];
    dryRun?: boolean;
  }): Promise<FixView[]> {
    for (const id of checks ?? [])
      if (!CHECKS.some((check) => check.id === id && check.isFixable))
        throw new CoordinatorError(
          'INPUT_INVALID',
          `The check "${id}" has nothing that can be mended here: ${fixable()} have`,
        );
    const { report, sample } = await this.#examine({});
    if (!sample)
      throw new CoordinatorError(
        'QUEUE_UNAVAILABLE',
        report.findings[0]?.seen ?? 'Redis cannot be reached',
      );
    const isAsked = (id: string): boolean =>
      checks?.includes(id) ?? !SETTINGS_ONLY_BY_ID.includes(id);
    const fixes = report.findings
      .filter(({ id }) => isAsked(id))
      .flatMap((finding) => planFix(finding, sample, this.#keyPrefix) ?? []);
    const views: FixView[] = [];
    for (const fix of fixes)
      views.push(dryRun ? toView(fix, 'would', null) : await this.#mend(fix));
    return views;
  }

  /** The rights of a role, for the installed BullMQ and the prefixes of this process. Asks Redis nothing. */
  async acl(role: AclRole): Promise<AclView> {
    const scripts = await readScriptCommands();
    if (!scripts.isRead) throw new CoordinatorError('NOT_SUPPORTED', scripts.reason);
    const { config } = this.#sources;
    const user = `drover-${role}`;
    const keys = [`${config.prefix}:`, this.#ownStart];
    return { role, user, line: aclLine(role, { user, keys, scripts: scripts.value }) };
  }

  #examine(options: { quick?: boolean; queue?: string }): Promise<Examination> {
    const key = JSON.stringify([options.quick ?? false, options.queue ?? null]);
    const running = this.#running.get(key);
    if (running) return running;
    const started = this.#start(options).finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }

  async #start(options: { quick?: boolean; queue?: string }): Promise<Examination> {
    const startedAt = this.#clock.now();
    const from = this.#clock.monotonic();
    const sample = await this.#sample(options);
    const findings = sample ? examine(sample) : [await this.#whyAway()];
    const info = sample?.server.info;
    const field = (name: string): string | undefined =>
      info?.isRead ? info.value.get(name) : undefined;
    return {
      sample,
      report: {
        ...{ startedAt, tookMs: Math.round(this.#clock.monotonic() - from), redis: this.#address },
        server:
          sample &&
          (field('valkey_version') ?? field('dragonfly_version') ?? field('redis_version') ?? null),
        ...{ queues: sample?.queues.length ?? 0, checks: sample ? CHECKS.length : 1 },
        ...{ findings, worst: worstOf(findings) },
      },
    };
  }

  /** null: Redis is not connected, or was lost meanwhile. */
  async #sample({
    quick = false,
    queue,
  }: {
    quick?: boolean;
    queue?: string;
  }): Promise<Sample | null> {
    const { hub, config, keys, directory } = this.#sources;
    if (!config.target || !hub.command.isReady) return null;
    if (queue !== undefined) await directory.open(queue);
    try {
      return await hub.onBulk(async (bulk) => {
        const client = await withDeadline(bulk.raw(), CONNECT_MS);
        if (!client.settled) return null;
        const redis = client.value;
        const policies = await tolerant('HGETALL', () => this.#policies(redis));
        const last =
          this.#last && this.#clock.now() - this.#last.server.at < KEEPS_FOR_MS
            ? this.#last
            : undefined;
        const { target, sentinels, sentinelName } = this.#target;
        const sample = await takeSample({
          ...{ redis, target, sentinels, sentinelName, keys, prefix: config.prefix, queue },
          isCommandAlive: () => isAlive(hub.command),
          labels: await findQueues(redis, this.#ownStart),
          keyPrefix: this.#keyPrefix,
          keepOf: (label) => keepOf(policies, label),
          earlier: last ? { server: last.server, queues: last.queues } : null,
          ...{ isQuick: quick, signal: new AbortController().signal, clock: this.#clock },
        });
        this.#last = sample;
        return sample;
      });
    } catch (error) {
      if (!hub.command.isReady) return null;
      throw error;
    }
  }

  async #policies(
    redis: Awaited<ReturnType<Connection['raw']>>,
  ): Promise<ReadonlyMap<string, RetentionPolicy>> {
    const records = await readRetention(redis, this.#sources.keys);
    return new Map(records.map(({ queue, policy }) => [queue, policy]));
  }

  async #whyAway(): Promise<Finding> {
    if (!this.#sources.config.target)
      return {
        ...{
          id: 'CON00',
          severity: 'critical',
          title: 'No Redis is configured',
          queue: null,
          isFixable: false,
        },
        seen: 'neither REDIS_URL nor REDIS_HOST is set',
        why: 'Queues are disabled; the application goes on without them.',
        remedy: [
          'export REDIS_URL=redis://user:password@host:6379',
          'npx drover doctor -r redis://host:6379',
        ],
      };
    return diagnose(this.#target.target);
  }

  async #mend(fix: Fix): Promise<FixView> {
    const { hub } = this.#sources;
    const { outcome, message } = await hub.onBulk(async (bulk) => {
      const redis = await bulk.raw();
      return runFix(fix, {
        redis,
        keyPrefix: this.#keyPrefix,
        preload: async () => {
          await hub.command.preload();
          await bulk.preload();
        },
        putBack: async (label, ids) =>
          (await orphansAmong(redis, this.#keyPrefix(label), ids, 'put back', this.#clock.now()))
            .length,
        clean: async (label, keep) => {
          const queue = await this.#sources.directory.open(label);
          const { completed = 0 } = await queue.getJobCounts('completed');
          const surplus = Math.min(completed - keep, CLEAN_AT_ONCE);
          return surplus > 0 ? (await queue.clean(0, surplus, 'completed')).length : 0;
        },
      });
    });
    return toView(fix, outcome, message);
  }

  readonly #keyPrefix = (label: string): string => this.#sources.directory.keyPrefix(label);

  /** What Drover's own keys begin with. */
  get #ownStart(): string {
    const { keys } = this.#sources;
    return keys.host('').slice(0, keys.prefix.length + 1);
  }

  get #address(): string {
    const { address } = this.#sources.config;
    return address ? `${address.host}:${address.port}` : 'none';
  }

  get #target(): {
    target: Target;
    sentinels: readonly { host: string; port: number }[];
    sentinelName: string | undefined;
  } {
    const { target, address } = this.#sources.config;
    const options = (target &&
      ('copyOf' in target ? target.copyOf.options : target.options)) as Record<string, unknown>;
    const text = (name: string): string | undefined =>
      typeof options[name] === 'string' ? options[name] : undefined;
    return {
      target: {
        ...{
          host: text('host') ?? address?.host ?? 'localhost',
          port: Number(options.port ?? address?.port ?? 6379),
        },
        ...{ path: text('path'), username: text('username'), password: text('password') },
        tls: options.tls ? (options.tls as Record<string, unknown>) : undefined,
      },
      sentinels: (options.sentinels as { host: string; port: number }[] | undefined) ?? [],
      sentinelName: text('name'),
    };
  }
}

function fixable(): string {
  return CHECKS.filter(({ isFixable }) => isFixable)
    .map(({ id }) => id)
    .join(', ');
}

function toView(
  { id, queue, does }: Fix,
  outcome: FixView['outcome'],
  message: string | null,
): FixView {
  return { id, queue, does, outcome, message };
}

async function isAlive(command: Connection): Promise<boolean> {
  const ping = withDeadline((async () => (await command.raw()).ping())(), PING_MS);
  return ping.then(
    ({ settled }) => settled,
    () => true,
  ); // Refused is an answer.
}

function keepOf(
  policies: Reading<ReadonlyMap<string, RetentionPolicy>>,
  label: string,
): { completed: number | null; failed: number | null } {
  const policy = policies.isRead ? policies.value.get(label) : undefined;
  return { completed: policy?.completed.count ?? null, failed: policy?.failed.count ?? null };
}
