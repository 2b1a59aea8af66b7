/**
 * What is wrong with this Redis and these queues, and how to mend it.
 *
 * A report reads only, whatever these rights are. When Redis is not connected, the report says why it cannot be reached.
 * One examination at a time: whoever asks meanwhile gets the same answer. The last sample stays in memory, so that a
 * quick run can tell what has grown since.
 */

import type { Redis } from 'ioredis';
import { orphansAmong } from '../../backend/orphans.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { withDeadline } from '../../base/wait.ts';
import { aclLine } from '../../doctor/acl-line.ts';
import type { AclRole } from '../../doctor/acl-roles.ts';
import { CHECKS, checksFor } from '../../doctor/checks.ts';
import { examine, type Finding, worstOf } from '../../doctor/examine.ts';
import { type Fix, ONLY_BY_ID, planFix, runFix } from '../../doctor/fixes.ts';
import type { Profile } from '../../doctor/kit-settings.ts';
import { diagnose, type Target } from '../../doctor/reachability.ts';
import { type Address, primaryOf, readSentinels } from '../../doctor/read-sentinels.ts';
import { readInfo } from '../../doctor/read-server.ts';
import { type Reading, unknown, valueOr } from '../../doctor/reading.ts';
import type { Sample, SentinelSeen } from '../../doctor/sample.ts';
import { readScriptCommands } from '../../doctor/script-commands.ts';
import { takeSample } from '../../doctor/take-sample.ts';
import { tolerant } from '../../doctor/tolerant.ts';
import { CoordinatorError, messageOf } from '../../errors.ts';
import type { RetentionPolicy } from '../../queues/retention-options.ts';
import type { Connection } from '../../redis/connection.ts';
import { removeJobs } from '../../retention/remove-jobs.ts';
import { readRetention, readState } from '../../retention/sweep-record.ts';
import type { OperatorSources } from '../operator-sources.ts';
import { parseReason, readReasons } from '../queues/pause-reasons.ts';
import type { AclView, DoctorReport, FixView } from './doctor-views.ts';

const KEEPS_FOR_MS = 3_600_000;
/** Short, so that why a silent Redis is away is told within ten seconds. */
const PING_MS = 2_000;
const CONNECT_MS = 8_000;
const CLEAN_AT_ONCE = 10_000;
const CLEAN_STEP = 100;
/** An examination looks through the keys for queues anew, for at most so long. */
const SEARCH_MS = 2_000;

/** What is examined, and as what. */
interface Wish {
  readonly quick?: boolean;
  readonly queue?: string;
  readonly profile?: Profile;
}

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
  async run(options: Wish): Promise<DoctorReport> {
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
    const isAsked = (id: string): boolean => checks?.includes(id) ?? !ONLY_BY_ID.includes(id);
    const fixes = new Map<string, Fix>();
    for (const finding of report.findings) {
      const fix = isAsked(finding.id) ? planFix(finding, sample, this.#keyPrefix) : undefined;
      // Two findings of one check are mended at once.
      if (fix) fixes.set(JSON.stringify([fix.id, fix.queue]), fix);
    }
    const views: FixView[] = [];
    for (const fix of fixes.values())
      views.push(dryRun ? toView(fix, 'would', null) : await this.#mend(fix));
    return views;
  }

  /** The rights of a role, for the installed BullMQ and the prefixes of this process. Asks Redis nothing. */
  async acl(role: AclRole): Promise<AclView> {
    const scripts = await readScriptCommands();
    if (!scripts.isRead) throw new CoordinatorError('NOT_SUPPORTED', scripts.reason);
    const { config, keys } = this.#sources;
    const user = `drover-${role}`;
    const prefixes = { queues: config.prefix, own: keys.prefix };
    return { role, user, line: aclLine(role, { user, prefixes, scripts: scripts.value }) };
  }

  #examine(options: Wish): Promise<Examination> {
    const { quick = false, queue = null, profile = null } = options;
    const key = JSON.stringify([quick, queue, profile]);
    const running = this.#running.get(key);
    if (running) return running;
    const started = this.#start(options).finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }

  async #start(options: Wish): Promise<Examination> {
    const startedAt = this.#clock.now();
    const from = this.#clock.monotonic();
    const { isCommandAlive, away } = await this.#alive();
    const sample = away ? null : await this.#sample(options, isCommandAlive);
    const findings = sample
      ? examine(sample).map((found) => ({
          ...found,
          isFixable: planFix(found, sample, this.#keyPrefix) !== undefined,
        }))
      : [away ?? (await this.#whyAway())];
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
        ...{ queues: sample?.queues.length ?? 0, checks: sample ? checksFor(sample).length : 1 },
        profile: options.profile ?? null,
        ...{ findings, worst: worstOf(findings) },
      },
    };
  }

  /** Whether the command socket answers; when it does not, why Redis is away, unless it answers others. */
  async #alive(): Promise<{ isCommandAlive: boolean; away: Finding | null }> {
    const { command } = this.#sources.hub;
    if (!command.isReady || (await isAlive(command))) return { isCommandAlive: true, away: null };
    const finding = await this.#whyAway();
    const away = finding.severity === 'critical' ? finding : null;
    return { isCommandAlive: !away && (await isAlive(command)), away };
  }

  /** null: Redis is not connected, or was lost meanwhile. */
  async #sample(
    { quick = false, queue, profile }: Wish,
    isCommandAlive: boolean,
  ): Promise<Sample | null> {
    const { hub, config, keys, directory } = this.#sources;
    if (!config.target || !hub.command.isReady) return null;
    if (queue !== undefined) await directory.open(queue);
    try {
      const labels = await this.#labels();
      return await hub.onBulk(async (bulk) => {
        const sockets = Promise.all([bulk.raw(), hub.command.raw()]);
        const ready = await withDeadline(sockets, CONNECT_MS);
        if (!ready.settled) return null;
        const [redis, command] = ready.value;
        const info = await readInfo(redis);
        const policies = await tolerant('HGETALL', () => this.#policies(redis));
        const last =
          this.#last && this.#clock.now() - this.#last.server.at < KEEPS_FOR_MS
            ? this.#last
            : undefined;
        const { target, sentinels } = await this.#located();
        const sample = await takeSample({
          ...{ redis, command, info, target, sentinels, keys, queue },
          ...{ prefix: config.prefix, isReadOnly: this.#sources.isReadOnly() },
          profile: profile ?? null,
          ...{ isCommandAlive, labels },
          pausedAt: (of) => this.#pausedAt(redis, of),
          keyPrefix: this.#keyPrefix,
          keepOf: (label) => keepOf(policies, label),
          earlier: last ? { server: last.after, queues: last.queues } : null,
          ...{ isQuick: quick, signal: new AbortController().signal, clock: this.#clock },
        });
        // A look at a cache has no queues in it: the next one at queues would have nothing to compare with.
        if (profile !== 'cache') this.#last = sample;
        return sample;
      });
    } catch (error) {
      if (!hub.command.isReady) return null;
      throw error;
    }
  }

  async #labels(): Promise<Reading<{ labels: readonly string[]; isComplete: boolean }>> {
    const { directory } = this.#sources;
    const found = await tolerant('SCAN', async () => {
      await directory.look();
      await directory.lookAgain(SEARCH_MS);
      return { labels: directory.labels(), isComplete: directory.isComplete };
    });
    if (found.isRead && found.value.labels.length === 0 && !found.value.isComplete)
      return unknown('no queue was found, and not all keys could be looked through with SCAN');
    return found;
  }

  async #pausedAt(redis: Redis, labels: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const read = await tolerant('HMGET', () => readReasons(redis, this.#sources.keys, labels));
    const stored = valueOr(read, []);
    return new Map(
      stored.flatMap((entry, i) => {
        const reason = parseReason(entry);
        return reason ? [[labels[i]!, reason.at] as const] : [];
      }),
    );
  }

  async #policies(redis: Redis): Promise<ReadonlyMap<string, RetentionPolicy>> {
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
    return diagnose((await this.#located()).target);
  }

  /** Where the server is: with Sentinels, where they say that the primary is, or one of themselves if none says. */
  async #located(): Promise<{ target: Target; sentinels: readonly SentinelSeen[] }> {
    const { target, addresses, name, sentinelPassword } = this.#target;
    const [first] = addresses;
    if (!first) return { target, sentinels: [] };
    const sentinels = await readSentinels(addresses, name ?? '', sentinelPassword);
    const primary = primaryOf(sentinels);
    return { sentinels, target: primary ? { ...target, ...primary } : first };
  }

  /** Never rejects: what was mended before must be told, too. */
  async #mend(fix: Fix): Promise<FixView> {
    const { hub } = this.#sources;
    if (!hub.command.isReady) return toView(fix, 'failed', 'Redis is away');
    const { outcome, message } = await hub
      .onBulk((bulk) => this.#mendOn(fix, bulk))
      .catch((error: unknown) => ({ outcome: 'failed' as const, message: messageOf(error) }));
    return toView(fix, outcome, message);
  }

  async #mendOn(fix: Fix, bulk: Connection): ReturnType<typeof runFix> {
    const { hub } = this.#sources;
    const client = await withDeadline(bulk.raw(), CONNECT_MS);
    if (!client.settled) return { outcome: 'failed', message: 'Redis cannot be reached' };
    const redis = client.value;
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
      clean: (label) => this.#clean(redis, label),
    });
  }

  /** By what is said now of how the queue is kept. */
  async #clean(redis: Redis, label: string): Promise<number> {
    const { keys, serverNow } = this.#sources;
    const state = await readState(redis, keys, label);
    if (!state || state.isUnclear)
      throw new CoordinatorError(
        'STATE_CONFLICT',
        `Nobody knows which completed jobs of "${label}" are to be kept: another version of Drover has said it, or none has`,
      );
    const { count, ageMs } = state.policy.completed;
    // Whichever clock is behind: what is not old by one of them stays.
    const now = Math.min(this.#clock.now(), serverNow() ?? Number.POSITIVE_INFINITY);
    const beyond = count === undefined ? 0 : await removeCompleted(redis, label, null, count);
    return beyond + (ageMs === undefined ? 0 : await removeCompleted(redis, label, now - ageMs, 0));
  }

  readonly #keyPrefix = (label: string): string => this.#sources.directory.keyPrefix(label);

  get #address(): string {
    const { target, address } = this.#sources.config;
    if (!target || !address) return 'none';
    const { addresses, name } = this.#target;
    return addresses.length > 0
      ? `${name} by ${addresses.map(({ host, port }) => `${host}:${port}`).join(', ')}`
      : `${address.host}:${address.port}`;
  }

  get #target(): {
    target: Target;
    /** Of Sentinels; none: there is one server. */
    addresses: readonly Address[];
    name: string | undefined;
    sentinelPassword: string | undefined;
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
      addresses: (options.sentinels as Address[] | undefined) ?? [],
      ...{ name: text('name'), sentinelPassword: text('sentinelPassword') },
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

/** The oldest, in small steps; each step looks again at how many are to stay. */
async function removeCompleted(
  redis: Redis,
  label: string,
  before: number | null,
  atLeast: number,
): Promise<number> {
  let removed = 0;
  let skip = 0;
  while (removed + skip < CLEAN_AT_ONCE) {
    const batch = { state: 'completed', before, size: CLEAN_STEP, skip, atLeast } as const;
    const done = await removeJobs(redis, label, { ...batch, atLeast: atLeast + skip });
    removed += done.removed;
    skip += done.staying;
    if (done.looked < CLEAN_STEP) break;
  }
  return removed;
}

function keepOf(
  policies: Reading<ReadonlyMap<string, RetentionPolicy>>,
  label: string,
): { completed: number | null; completedMs: number | null; failed: number | null } {
  const policy = policies.isRead ? policies.value.get(label) : undefined;
  return {
    completed: policy?.completed.count ?? null,
    completedMs: policy?.completed.ageMs ?? null,
    failed: policy?.failed.count ?? null,
  };
}
