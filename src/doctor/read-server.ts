/**
 * Looks at a server: everything that is about no single queue.
 *
 * Reads only, and each read by itself: what is refused is not known, and all else goes on. Some thirty commands, a
 * bounded SCAN, a CLIENT LIST.
 */

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../base/clock.ts';
import { aclLine } from './acl-line.ts';
import { deniedAmong, missingRights } from './acl-preflight.ts';
import { labelOfKey } from './queue-keys.ts';
import { askRaw, type RawTarget } from './raw-redis.ts';
import { readAclDrift, readAclLog, readAclUser } from './read-acl.ts';
import { readClients } from './read-clients.ts';
import { readHost, readMemoryBytes } from './read-host.ts';
import { readKeys } from './read-keys.ts';
import { known, mapped, type Reading, unknown } from './reading.ts';
import type { InfoFields, LatencySeen, SentinelSeen, ServerSeen, SlowSeen } from './sample.ts';
import { readScriptCommands } from './script-commands.ts';
import { tolerant } from './tolerant.ts';

/** What a look needs. */
export interface ServerSources {
  readonly redis: Redis;
  /** The socket that commands go over: its scripts and its id are looked at, too. */
  readonly command: Redis;
  /** From before anything was asked that may be refused. */
  readonly info: Reading<InfoFields>;
  readonly at: number;
  readonly target: RawTarget & { readonly username?: string | undefined };
  readonly isLocal: boolean;
  readonly sentinels: readonly SentinelSeen[];
  /** Label → what the keys of the queue begin with. */
  readonly queueKeys: ReadonlyMap<string, string>;
  /** Names of settings beyond those that every look reads. */
  readonly settings: readonly string[];
  /** Whether it adds no flows, and needs no scripts then. */
  readonly isReadOnly: boolean;
  /** Of the queues that this process makes, without its colon. */
  readonly queuePrefix: string;
  /** Keys of Drover begin with it. */
  readonly ownPrefix: string;
  /** Sample keys that rights are tried with. */
  readonly sampleKeys: readonly string[];
  /** By heartbeats. */
  readonly hostsAheadMs: Reading<ReadonlyMap<string, number>>;
  readonly backups: ServerSeen['backups'];
  readonly pendingFsyncs: readonly number[];
  readonly clock?: Clock;
}

const SETTINGS = [
  ...['save', 'appendfsync', 'no-appendfsync-on-rewrite', 'timeout', 'maxmemory-clients'],
  ...['client-output-buffer-limit', 'enable-debug-command', 'enable-module-command'],
  ...['enable-protected-configs', 'min-replicas-to-write', 'disable-thp', 'tcp-backlog'],
  ...['aclfile', 'dir', 'maxmemory', 'bind', 'protected-mode'],
];
/** What these rights may lack, with its arguments. */
const MAY_BE_DENIED = [
  ...[
    ['config', 'get', 'save'],
    ['client', 'id'],
    ['client', 'list'],
    ['acl', 'whoami'],
  ],
  ...[['acl', 'getuser', 'default'], ['acl', 'log', '20'], ['acl', 'list'], ['time']],
  ...[
    ['slowlog', 'get', '1'],
    ['latency', 'latest'],
    ['script', 'exists', 'x'],
  ],
];
const TRIPS = 20;
const SLOW_ENTRIES = 64;

/** Fields of INFO. */
export function parseInfo(text: string): InfoFields {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

/** INFO with counts of commands and errors. Before 7.0 there is one section more to ask for by its name. */
export function readInfo(redis: Redis): Promise<Reading<InfoFields>> {
  return tolerant('INFO', async () => {
    const all = parseInfo(await redis.info('all'));
    // Dragonfly knows no `all` and answers with nothing.
    return all.size > 0 ? all : parseInfo(await redis.info());
  });
}

/** Settings by CONFIG GET; those that this server does not have are left out. */
export function readConfig(
  redis: Redis,
  more: readonly string[],
): Promise<Reading<ReadonlyMap<string, string>>> {
  return tolerant('CONFIG GET', async () => {
    const pipeline = redis.pipeline();
    for (const name of new Set([...SETTINGS, ...more])) pipeline.config('GET', name);
    const config = new Map<string, string>();
    for (const [error, reply] of (await pipeline.exec()) ?? []) {
      if (error) throw error;
      const [name, value] = reply as [string?, string?];
      if (name !== undefined && value !== undefined) config.set(name, value);
    }
    return config;
  });
}

/** A look at nothing but counters, for what only a difference tells. */
export function onlyInfo(info: Reading<InfoFields>, at: number): ServerSeen {
  const none = unknown('it was not looked at');
  return {
    ...{ at, info, config: none, user: none, defaultUser: none, aclLog: none, aclDrift: none },
    ...{ clients: none, ownIds: [], slow: none, latency: none, roundTripsMs: none },
    ...{
      clockAheadMs: none,
      hostsAheadMs: none,
      missingScripts: none,
      missingRights: none,
      appLine: none,
    },
    ...{ keys: none, isOpen: none, clusterState: none, slots: none, sentinels: none, host: none },
    ...{ backups: none, addresses: none, pendingFsyncs: [], memoryBytes: none },
  };
}

/** The whole look. */
export async function readServer(sources: ServerSources): Promise<ServerSeen> {
  const { redis, command, info, at, queueKeys, clock = systemClock } = sources;
  const denied = await deniedAmong(redis, MAY_BE_DENIED);
  const may = <T>(what: string, read: () => Promise<Reading<T>>): Promise<Reading<T>> =>
    denied.has(what) ? Promise.resolve(unknown(`the user may not run ${what}`)) : read();
  const config = await may('CONFIG GET', () => readConfig(redis, sources.settings));
  const ownIds = denied.has('CLIENT ID') ? [] : await readOwnIds([redis, command]);
  const clients = await may('CLIENT LIST', () => readClients(redis));
  const scripts = new Map([...scriptNames(redis), ...scriptNames(command)]);
  const isCluster = info.isRead && info.value.get('cluster_enabled') === '1';
  const onHost = sources.isLocal ? info : unknown('Redis does not run on this machine');
  return {
    ...{ at, info, config, clients, ownIds },
    user: await readUser(sources, denied.has('ACL WHOAMI')),
    defaultUser: await may('ACL GETUSER', () => readAclUser(redis, 'default')),
    aclLog: await may('ACL LOG', () => readAclLog(redis)),
    aclDrift: await may('ACL LIST', () => readAclDrift(redis, config, sources.isLocal)),
    slow: await may('SLOWLOG GET', () => readSlow(redis, queueKeys, scripts)),
    latency: await may('LATENCY LATEST', () => readLatency(redis)),
    roundTripsMs: await readRoundTrips(redis, clock),
    clockAheadMs: await may('TIME', () => readClock(redis, clock)),
    hostsAheadMs: sources.hostsAheadMs,
    missingScripts: sources.isReadOnly
      ? known(0)
      : await may('SCRIPT EXISTS', () => readMissingScripts(redis, [...scripts.keys()])),
    missingRights: await missingRights(redis, sources.sampleKeys),
    appLine: await readAppLine(sources),
    keys: await readKeys(redis, [...queueKeys.values(), sources.ownPrefix]),
    isOpen: await readIsOpen(sources.target),
    clusterState: isCluster ? await readCluster(redis) : known(new Map()),
    slots: isCluster ? await readSlots(redis, queueKeys) : known(new Map()),
    sentinels: known(sources.sentinels),
    host: await readHost(onHost, config),
    backups: sources.backups,
    addresses: await readAddresses(redis, sources),
    pendingFsyncs: sources.pendingFsyncs,
    memoryBytes: sources.isLocal
      ? await readMemoryBytes()
      : unknown('Redis does not run on this machine'),
  };
}

interface Script {
  readonly sha: string;
}

/** Digest → name of the script, as BullMQ has it. */
function scriptNames(redis: Redis): ReadonlyMap<string, string> {
  const { scriptsSet = {} } = redis as unknown as { scriptsSet?: Record<string, Script> };
  return new Map(Object.entries(scriptsSet).map(([name, { sha }]) => [sha, name.split(':')[0]!]));
}

/** Who is connected: as Redis says, else as was configured. */
async function readUser(
  { redis, target }: ServerSources,
  isDenied: boolean,
): Promise<Reading<string>> {
  const asked = isDenied
    ? unknown('the user may not run ACL WHOAMI')
    : await tolerant('ACL WHOAMI', () => redis.call('ACL', 'WHOAMI') as Promise<string>);
  return asked.isRead || target.username === undefined ? asked : known(target.username);
}

async function readAppLine({ queuePrefix, ownPrefix }: ServerSources): Promise<Reading<string>> {
  return mapped(await readScriptCommands(), (scripts) =>
    aclLine('app', { prefixes: { queues: queuePrefix, own: ownPrefix.slice(0, -1) }, scripts }),
  );
}

/** Ids of sockets that answer; one that is silent is found by its PING. */
async function readOwnIds(sockets: readonly Redis[]): Promise<readonly string[]> {
  const ids = await Promise.all(
    sockets.map((each) => tolerant('CLIENT ID', () => each.client('ID') as Promise<number>)),
  );
  return ids.flatMap((id) => (id.isRead ? [String(id.value)] : []));
}

function readMissingScripts(redis: Redis, digests: readonly string[]): Promise<Reading<number>> {
  return tolerant('SCRIPT EXISTS', async () => {
    if (digests.length === 0) return 0;
    const known = (await redis.script('EXISTS', ...digests)) as number[];
    return known.filter((isThere) => !isThere).length;
  });
}

/** The slow log, without the data that its commands were given. */
export function readSlow(
  redis: Redis,
  queueKeys: ReadonlyMap<string, string>,
  scripts: ReadonlyMap<string, string>,
): Promise<Reading<readonly SlowSeen[]>> {
  return tolerant('SLOWLOG GET', async () => {
    const entries = (await redis.slowlog('GET', SLOW_ENTRIES)) as unknown[];
    return (entries as [number, number, number, string[]][]).map(([, at, micros, words]) => ({
      at: at * 1_000,
      tookMs: micros / 1_000,
      command: String(words[0] ?? '').toLowerCase(),
      script: scripts.get(String(words[1] ?? '')) ?? null,
      queue: words.map((word) => labelOfKey(String(word), queueKeys)).find(Boolean) ?? null,
    }));
  });
}

function readLatency(redis: Redis): Promise<Reading<readonly LatencySeen[]>> {
  return tolerant('LATENCY LATEST', async () => {
    const entries = (await redis.call('LATENCY', 'LATEST')) as [string, number, number, number][];
    return entries.map(([event, , lastMs, longestMs]) => ({ event, lastMs, longestMs }));
  });
}

function readRoundTrips(redis: Redis, clock: Clock): Promise<Reading<readonly number[]>> {
  return tolerant('PING', async () => {
    const trips: number[] = [];
    for (let i = 0; i < TRIPS; i += 1) {
      const from = clock.monotonic();
      await redis.ping();
      trips.push(clock.monotonic() - from);
    }
    return trips;
  });
}

function readClock(redis: Redis, clock: Clock): Promise<Reading<number>> {
  return tolerant('TIME', async () => {
    const from = clock.now();
    const [seconds, micros] = await redis.time();
    const middle = (from + clock.now()) / 2;
    return Number(seconds) * 1_000 + Number(micros) / 1_000 - middle;
  });
}

function readCluster(redis: Redis): Promise<Reading<InfoFields>> {
  return tolerant('CLUSTER INFO', async () =>
    parseInfo((await redis.call('CLUSTER', 'INFO')) as string),
  );
}

function readSlots(
  redis: Redis,
  queueKeys: ReadonlyMap<string, string>,
): Promise<Reading<ReadonlyMap<string, number>>> {
  return tolerant('CLUSTER KEYSLOT', async () => {
    const slots = new Map<string, number>();
    for (const [label, key] of queueKeys)
      slots.set(label, Number(await redis.call('CLUSTER', 'KEYSLOT', `${key}meta`)));
    return slots;
  });
}

const RAW_DEADLINE_MS = 2_000;

/** Whether a connection without a password gets an answer. */
async function readIsOpen(target: RawTarget): Promise<Reading<boolean>> {
  const tls = target.tls && { ...target.tls, rejectUnauthorized: false };
  const { text } = await askRaw({ ...target, tls }, [['PING']], RAW_DEADLINE_MS);
  if (text === '') return unknown('a second connection to the server had no answer');
  return known(/^\+PONG|^-(?:LOADING|BUSY|MISCONF|READONLY|MASTERDOWN)/.test(text));
}

async function readAddresses(
  redis: Redis,
  { target, sentinels }: ServerSources,
): Promise<ServerSeen['addresses']> {
  const { stream } = redis as unknown as { stream?: { remoteAddress?: string } };
  const peer = stream?.remoteAddress?.replace(/^::ffff:/, '');
  // An address is its own, and a Sentinel's or a socket's is none.
  if (peer === undefined || isIP(target.host) || sentinels.length > 0)
    return known({ resolved: [peer ?? ''], peer: peer ?? '' });
  const found = await tolerant('DNS', () => lookup(target.host, { all: true }));
  return mapped(found, (all) => ({ resolved: all.map(({ address }) => address), peer }));
}
