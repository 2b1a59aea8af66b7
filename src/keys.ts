/**
 * Builders of the keys that Drover itself keeps in Redis; `key-catalogue.ts` describes them.
 *
 * BullMQ's own keys (`<prefix>:<queue>:...`) stay BullMQ's and are never built here. The name of a queue inside a
 * key is its plain name under BullMQ's default prefix and `<prefix>:<name>` under any other: names hold no colon, so
 * the two cannot be confused.
 */

/** BullMQ's own default key prefix. */
export const DEFAULT_BULL_PREFIX = 'bull';

/** How the catalogue describes a key. */
export interface KeyDescription {
  readonly pattern: string;
  readonly type: string;
  readonly ttl: string;
  readonly writer: string;
  readonly reader: string;
  readonly example: string;
  readonly version: number;
}

/** Builders of Drover's keys under one prefix. */
export interface Keys {
  readonly prefix: string;
  host(hostId: string): string;
  hosts(): string;
  kills(queueLabel: string): string;
  lease(name: string): string;
  leaseEpoch(name: string): string;
  poke(hubId: string): string;
  probe(hubId: string): string;
  pokeStream(hubId: string): string;
  data(): string;
  spool(laneId: string): string;
  metrics(): string;
  /** Without a minute: what the keys of all minutes begin with. */
  minute(queueLabel: string, minute: number | ''): string;
  openMinutes(queueLabel: string): string;
  minutes(queueLabel: string): string;
  hours(queueLabel: string): string;
  flushed(queueLabel: string, process: string): string;
  throughput(queueLabel: string): string;
  latencyP95(queueLabel: string): string;
  health(queueLabel: string): string;
  deadLetter(queueLabel: string, jobId: string): string;
  deadLetters(queueLabel: string): string;
  reconciled(queueLabel: string): string;
  groups(queueLabel: string): string;
  group(queueLabel: string, fingerprint: string): string;
  bulks(): string;
  bulk(id: string): string;
  bulkIds(id: string): string;
  pools(): string;
  pool(queueLabel: string): string;
  pin(queueLabel: string): string;
  poolBeats(): string;
  scalingLock(queueLabel: string): string;
  scalingEpoch(queueLabel: string): string;
  scalingMemory(queueLabel: string): string;
  decisions(): string;
  payloads(): string;
  body(queueLabel: string, id: string): string;
  bodies(queueLabel: string): string;
  bodiesUnused(): string;
  dictionaries(queueLabel: string): string;
  redaction(): string;
  retentions(): string;
  redactionPaths(queueLabel: string): string;
  retention(queueLabel: string): string;
  backups(): string;
  audit(): string;
  auditHead(): string;
  auditAnchors(): string;
  tokens(): string;
  tokensUsed(): string;
  pauses(): string;
  orders(): string;
  orderAnswers(orderId: string): string;
  workerFlags(): string;
  jobBulks(): string;
  jobBulk(id: string): string;
  jobBulkIds(id: string): string;
}

/** Builds the keys under `prefix` (`coordinator` unless configured otherwise). */
export function createKeys(prefix: string): Keys {
  return {
    prefix,
    host: (hostId) => `${prefix}:hosts:${hostId}`,
    hosts: () => `${prefix}:hosts`,
    kills: (queueLabel) => `${prefix}:kills:${queueLabel}`,
    lease: (name) => `${prefix}:lease:${name}`,
    leaseEpoch: (name) => `${prefix}:lease:${name}:epoch`,
    poke: (hubId) => `${prefix}:poke:${hubId}`,
    probe: (hubId) => `${prefix}:probe:${hubId}`,
    pokeStream: (hubId) => `${prefix}:poke:${hubId}:events`,
    data: () => `${prefix}:data`,
    spool: (laneId) => `${prefix}:spool:${laneId}`,
    metrics: () => `${prefix}:metrics`,
    minute: (queueLabel, minute) => `${prefix}:metrics:${queueLabel}:${minute}`,
    openMinutes: (queueLabel) => `${prefix}:metrics:${queueLabel}:open`,
    minutes: (queueLabel) => `${prefix}:metrics:${queueLabel}:minutes`,
    hours: (queueLabel) => `${prefix}:metrics:${queueLabel}:hours`,
    flushed: (queueLabel, process) => `${prefix}:metrics:${queueLabel}:flushed:${process}`,
    throughput: (queueLabel) => `${prefix}:metrics:${queueLabel}:throughput`,
    latencyP95: (queueLabel) => `${prefix}:metrics:${queueLabel}:latency:p95`,
    health: (queueLabel) => `${prefix}:queues:${queueLabel}:health`,
    deadLetter: (queueLabel, jobId) => `${prefix}:deadletter:${queueLabel}:${jobId}`,
    deadLetters: (queueLabel) => `${prefix}:deadletters:${queueLabel}`,
    reconciled: (queueLabel) => `${prefix}:deadletters:${queueLabel}:reconciled`,
    groups: (queueLabel) => `${prefix}:groups:${queueLabel}`,
    group: (queueLabel, fingerprint) => `${prefix}:groups:${queueLabel}:${fingerprint}`,
    bulks: () => `${prefix}:bulk`,
    bulk: (id) => `${prefix}:bulk:${id}`,
    bulkIds: (id) => `${prefix}:bulk:${id}:ids`,
    pools: () => `${prefix}:pools`,
    pool: (queueLabel) => `${prefix}:workers:${queueLabel}:pool`,
    pin: (queueLabel) => `${prefix}:workers:${queueLabel}:pin`,
    poolBeats: () => `${prefix}:pools:beats`,
    scalingLock: (queueLabel) => `${prefix}:scaling:${queueLabel}:lock`,
    scalingEpoch: (queueLabel) => `${prefix}:scaling:${queueLabel}:lock:epoch`,
    scalingMemory: (queueLabel) => `${prefix}:scaling:${queueLabel}:memory`,
    decisions: () => `${prefix}:decisions`,
    payloads: () => `${prefix}:payloads`,
    body: (queueLabel, id) => `${prefix}:body:${queueLabel}:${id}`,
    bodies: (queueLabel) => `${prefix}:bodies:${queueLabel}`,
    bodiesUnused: () => `${prefix}:bodies`,
    dictionaries: (queueLabel) => `${prefix}:dictionaries:${queueLabel}`,
    redaction: () => `${prefix}:redaction`,
    retentions: () => `${prefix}:retention`,
    redactionPaths: (queueLabel) => `${prefix}:redaction:${queueLabel}`,
    retention: (queueLabel) => `${prefix}:retention:${queueLabel}`,
    backups: () => `${prefix}:backups`,
    audit: () => `${prefix}:audit`,
    auditHead: () => `${prefix}:audit:head`,
    auditAnchors: () => `${prefix}:audit:anchors`,
    tokens: () => `${prefix}:tokens`,
    tokensUsed: () => `${prefix}:tokens:used`,
    pauses: () => `${prefix}:pauses`,
    orders: () => `${prefix}:orders`,
    orderAnswers: (orderId) => `${prefix}:orders:${orderId}`,
    workerFlags: () => `${prefix}:workers:flags`,
    jobBulks: () => `${prefix}:jobs:bulk`,
    jobBulk: (id) => `${prefix}:jobs:bulk:${id}`,
    jobBulkIds: (id) => `${prefix}:jobs:bulk:${id}:ids`,
  };
}

/** Whether a key is one of Drover's own under this prefix. */
export function isOwnKey({ prefix }: Pick<Keys, 'prefix'>, key: string): boolean {
  return key.startsWith(`${prefix}:`);
}

/** The name of a queue as it appears inside Drover's keys and in statistics. */
export function queueLabel(bullPrefix: string, queueName: string): string {
  return bullPrefix === DEFAULT_BULL_PREFIX ? queueName : `${bullPrefix}:${queueName}`;
}

/** The BullMQ prefix and name of a queue, from its label. */
export function queueOfLabel(label: string): { readonly prefix: string; readonly name: string } {
  const colon = label.lastIndexOf(':');
  return colon < 0
    ? { prefix: DEFAULT_BULL_PREFIX, name: label }
    : { prefix: label.slice(0, colon), name: label.slice(colon + 1) };
}

/**
 * The queue and id in a job's key; null for no key of a job. Ids have no colon, or two: those of schedulers' jobs, such as
 * `repeat:nightly:1700000000000`. That can be told where the queue has the expected prefix.
 */
export function jobOfKey(
  key: string,
  expectedPrefix: string = DEFAULT_BULL_PREFIX,
): { readonly queue: string; readonly id: string } | null {
  const isExpected = key.startsWith(expectedPrefix);
  const [end, name, ...id] = isExpected ? key.slice(expectedPrefix.length).split(':') : [];
  if (end === '' && name && id.length === 3)
    return { queue: queueLabel(expectedPrefix, name), id: id.join(':') };
  const last = key.lastIndexOf(':');
  const middle = key.lastIndexOf(':', last - 1);
  if (middle < 1 || last === key.length - 1 || last - middle < 2) return null;
  const queue = queueLabel(key.slice(0, middle), key.slice(middle + 1, last));
  return { queue, id: key.slice(last + 1) };
}
