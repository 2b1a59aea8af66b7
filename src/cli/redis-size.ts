/**
 * How large the Redis of the queues must be, from how many jobs of which size it holds: `drover redis size`.
 *
 * Asks nobody, unless what queues hold now is to be the beginning (`--from-redis`): then whatever is given besides takes
 * its place, so that "and ten times as many waiting" is one flag more.
 */
import { parseSize } from '../base/units.ts';
import { CoordinatorError } from '../errors.ts';
import type { QueuePage, QueueRow } from '../operations/queues/queue-views.ts';
import type { RedisInfoView } from '../operations/redis/redis-views.ts';
import {
  type InstanceSize,
  sizeOf,
  USUAL_OPTIONS_BYTES,
  type Workload,
} from '../redis/workload-size.ts';
import type { MemoryView } from '../retention/memory-view.ts';
import { EXIT, UsageError } from './failure.ts';
import { fieldsOf } from './input.ts';
import { openTransport } from './open-transport.ts';
import { toJson } from './show.ts';
import type { Transport } from './transport.ts';
import { present, type Work } from './work.ts';

/** A workload of nothing, but for what every installation has. */
const NOTHING: Workload = {
  ...{ waiting: 0, delayed: 0, completed: 0, failed: 0, dataBytes: 0, resultBytes: 0 },
  ...{ optionsBytes: USUAL_OPTIONS_BYTES, queues: 1, processes: 1 },
};

/** Flag → what it sets. */
const COUNTS = ['waiting', 'delayed', 'completed', 'failed', 'queues', 'processes'] as const;
const SIZES = [
  ['data', 'dataBytes'],
  ['result', 'resultBytes'],
  ['options', 'optionsBytes'],
] as const;
const MOST = 1e12;

/** What was read of the Redis that runs. */
interface Present {
  readonly workload: Workload;
  readonly usedBytes: number | null;
  readonly maxmemoryBytes: number | null;
}

/** Prints it. */
export async function redisSize(work: Work): Promise<number> {
  const { command, typed, settings, console } = work;
  const given = fieldsOf(command, typed);
  const wished = wishesOf(given);
  const isFromRedis = given.fromRedis === true;
  if (!isFromRedis && Object.keys(wished).length === 0)
    throw new UsageError(
      'Nothing to size: say how many jobs of which size are kept, such as --waiting 100000 --data 2kb, or give --from-redis',
    );
  const found = isFromRedis ? await readPresent(work) : null;
  const workload = { ...(found?.workload ?? NOTHING), ...wished };
  const size = sizeOf(workload);
  const now = found && { usedBytes: found.usedBytes, maxmemoryBytes: found.maxmemoryBytes };
  if (settings.output === 'json') await console.data(toJson({ workload, ...size, now }));
  else await present(inWords(workload, size, now), { kind: 'record' }, work);
  return EXIT.ok;
}

/** What is typed; throws what is wrong with it. Pure. */
function wishesOf(given: Readonly<Record<string, unknown>>): Partial<Workload> {
  const wished: Record<string, number> = {};
  for (const name of COUNTS) {
    const value = given[name];
    if (value === undefined) continue;
    if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > MOST)
      throw new UsageError(`--${name} "${value}" is no whole number from 0 on`);
    wished[name] = value as number;
  }
  for (const [flag, name] of SIZES) {
    const value = given[flag] as string | undefined;
    if (value === undefined) continue;
    const bytes = /^\d+$/.test(value) ? Number(value) : parseSize(value);
    if (bytes === undefined || bytes > MOST)
      throw new UsageError(`--${flag} "${value}" is no size, such as 500, 4kb or 1mb`);
    wished[name] = bytes;
  }
  return wished;
}

/** As it is typed into configuration files, where that is where it goes. */
function inWords(
  { dataBytes, resultBytes, optionsBytes, ...counts }: Workload,
  size: InstanceSize,
  now: { readonly usedBytes: number | null; readonly maxmemoryBytes: number | null } | null,
): object {
  const { parts, usedBytes, clients, maxclients } = size;
  return {
    jobs: { ...counts, dataBytes, resultBytes, optionsBytes },
    memory: Object.fromEntries(
      Object.entries(parts).map(([part, bytes]) => [`${part}Bytes`, bytes]),
    ),
    usedBytes,
    maxmemory: inMegabytes(size.maxmemoryBytes),
    memoryLimit: inMegabytes(size.memoryLimitBytes),
    diskBytes: size.diskBytes,
    ...{ clients, maxclients, machineBytes: size.machineBytes },
    ...(now && { now: { usedBytes: now.usedBytes, maxmemoryBytes: now.maxmemoryBytes } }),
  };
}

const MB = 1_048_576;

function inMegabytes(bytes: number): string {
  return `${bytes / MB}mb`;
}

/** Pages of queues, and of so many the sizes of jobs: more say nothing new. */
const PAGE = 500;
const MOST_PAGES = 20;
const MOST_SAMPLED = 20;

/** What is in Redis now. */
async function readPresent({ settings, console }: Work): Promise<Present> {
  const needs = { writes: false, looksAround: true, runs: false };
  const transport = await openTransport(settings, needs);
  console.progress('Looking at the queues …');
  try {
    const rows = await readQueues(transport);
    const { memory, clients } = (await transport.call('redis.info', {})) as RedisInfoView;
    const sizes = await readSizes(transport, rows);
    const sum = (...states: readonly string[]): number =>
      rows.reduce((total, { counts }) => states.reduce((n, at) => n + (counts[at] ?? 0), total), 0);
    const workload = {
      waiting: sum('waiting', 'active', 'waiting-children'),
      delayed: sum('delayed', 'prioritized'),
      ...{ completed: sum('completed'), failed: sum('failed'), ...sizes },
      optionsBytes: USUAL_OPTIONS_BYTES,
      queues: Math.max(1, rows.length),
      processes: Math.max(1, Math.ceil((clients.connected ?? 0) / CONNECTIONS)),
    };
    return { workload, usedBytes: memory.usedBytes, maxmemoryBytes: memory.maxBytes };
  } finally {
    console.progress('');
    await transport.close();
  }
}

const CONNECTIONS = 4;

async function readQueues(transport: Transport): Promise<readonly QueueRow[]> {
  const rows: QueueRow[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const input = { limit: PAGE, ...(cursor !== null && { cursor }) };
    const found = (await transport.call('queues.list', input)) as QueuePage;
    rows.push(...found.rows);
    cursor = found.next;
    if (cursor === null) break;
  }
  return rows;
}

/** Of the fullest queues, by their jobs: what one job has of data, and one that has ended of a result. */
async function readSizes(
  transport: Transport,
  rows: readonly QueueRow[],
): Promise<Pick<Workload, 'dataBytes' | 'resultBytes'>> {
  const jobsOf = ({ counts }: QueueRow): number =>
    Object.values(counts).reduce((sum, count) => sum + count, 0);
  const fullest = [...rows].sort((a, b) => jobsOf(b) - jobsOf(a)).slice(0, MOST_SAMPLED);
  const total = { jobs: 0, data: 0, ended: 0, result: 0 };
  for (const row of fullest.filter((each) => jobsOf(each) > 0)) {
    const memory = await readMemory(transport, row.queue);
    for (const { kind, storedBytes } of memory?.payloads ?? []) total[kind] += storedBytes;
    total.jobs += jobsOf(row);
    total.ended += row.counts.completed ?? 0;
  }
  return {
    dataBytes: Math.round(total.data / Math.max(1, total.jobs)),
    resultBytes: Math.round(total.result / Math.max(1, total.ended)),
  };
}

/** undefined: it has gone meanwhile. */
async function readMemory(transport: Transport, queue: string): Promise<MemoryView | undefined> {
  try {
    return (await transport.call('memory.get', { queue })) as MemoryView;
  } catch (error) {
    if (error instanceof CoordinatorError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}
