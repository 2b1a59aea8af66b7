/**
 * Every key that Drover itself keeps in Redis, described: the catalogue of keys.
 *
 * For the reference pages; `keys.ts` builds the keys. BullMQ's own keys (`<prefix>:<queue>:...`) stay BullMQ's.
 */
import type { KeyDescription } from './keys.ts';
import { OPERATOR_KEYS } from './operator-key-catalogue.ts';
import { PAYLOAD_KEYS } from './payload-key-catalogue.ts';

/** What is stored where: type, lifetime, who writes and reads it, an example. */
export const KEYS: Readonly<Record<string, KeyDescription>> = {
  host: {
    pattern: 'hosts:<host>:<pid>',
    // A further coordinator of the same process appends `:2`, `:3` …
    type: 'HASH',
    ttl: '5 min',
    writer: 'heartbeat of each process',
    reader: 'statistics, operations',
    example:
      'coordinator:hosts:web-1:4711 = { version: "0.1.0", queues: \'{"thumbnails":{"slots":4,"active":1}}\', lastActive: "1764000000000" }',
    version: 1,
  },
  hosts: {
    pattern: 'hosts',
    type: 'ZSET',
    ttl: '5 min after the last heartbeat of the fleet',
    writer: 'heartbeat of each process',
    reader: 'statistics, operations',
    example:
      'coordinator:hosts = { "web-1:4711": 1764000000000 } (score: time of the last heartbeat)',
    version: 1,
  },
  kills: {
    pattern: 'kills:<queue>',
    type: 'HASH',
    ttl: '7 days after the last suspect was started',
    writer: 'worker of a suspect: a job whose lock ran out before',
    reader: 'the same',
    example: 'coordinator:kills:thumbnails = { "17": "2" } (job: starts whose end nobody has seen)',
    version: 1,
  },
  lease: {
    pattern: 'lease:<name>',
    type: 'STRING',
    ttl: 'length of the lease, 10 s',
    writer: 'the process that holds the lease',
    reader: 'every process',
    example: 'coordinator:lease:fleet = "web-1:4711:9f3c"',
    version: 1,
  },
  leaseEpoch: {
    pattern: 'lease:<name>:epoch',
    type: 'STRING',
    ttl: 'none',
    writer: 'the process that takes the lease',
    reader: 'every process; what a leader writes carries it, and a smaller one is refused',
    example: 'coordinator:lease:fleet:epoch = "1764000000000"',
    version: 1,
  },
  poke: {
    pattern: 'poke:<id>',
    type: 'ZSET',
    ttl: '1 min',
    writer: 'a hub, to wake its own wait socket',
    reader: 'the same hub',
    example: 'coordinator:poke:web-1:4711:3f0a = { "1": 0 }',
    version: 1,
  },
  probe: {
    pattern: 'probe:<id>',
    type: 'STRING',
    ttl: '1 s',
    writer: 'a hub, to find out whether Redis takes writes again after it refused them',
    reader: 'nobody',
    example: 'coordinator:probe:web-1:4711:3f0a = "1"',
    version: 1,
  },
  pokeStream: {
    pattern: 'poke:<id>:events',
    type: 'STREAM',
    ttl: '1 min',
    writer: 'a hub, to wake its own events socket',
    reader: 'the same hub',
    example: 'coordinator:poke:web-1:4711:3f0a:events = one entry',
    version: 1,
  },
  data: {
    pattern: 'data',
    type: 'STRING',
    ttl: 'none',
    writer: 'the first process that finds none',
    reader: 'every process, to notice that Redis has lost its data',
    example: 'coordinator:data = "5e1c9a52-2c0b-4b5a-9d0c-8a7d2f6b1c33"',
    version: 1,
  },
  spool: {
    pattern: 'spool:<stream>:<queue>',
    type: 'STRING',
    ttl: '90 days after the last add',
    writer: 'every add of a queue with whenDown "spool", in the same step',
    reader: 'the same step of the next add; the process that empties the spool',
    example: 'coordinator:spool:0a8f6a0e-5c1f-4f0e-9b1e-2f6b7c1d9e10:orders = "4711"',
    version: 1,
  },
  metrics: {
    pattern: 'metrics',
    type: 'ZSET',
    ttl: '90 days after the last job of the fleet',
    writer: 'every process that runs jobs, with its figures',
    reader: 'the leader, which merges the figures of all queues',
    example:
      'coordinator:metrics = { "thumbnails": 1764000000000 } (score: time of the last figures)',
    version: 1,
  },
  minute: {
    pattern: 'metrics:<queue>:<minute>',
    type: 'HASH',
    ttl: '24 h, or until they are merged',
    writer:
      'every process that runs jobs of the queue, every few seconds; each part is written once',
    reader: 'the leader, views',
    example: 'coordinator:metrics:thumbnails:29400000 = { "web-1:4711:3f0a:17": <part> }',
    version: 1,
  },
  openMinutes: {
    pattern: 'metrics:<queue>:open',
    type: 'ZSET',
    ttl: '24 h after the last figures',
    writer:
      'a process, in the same step as its figures; the leader, which takes off what it has merged',
    reader: 'the leader, views',
    example:
      'coordinator:metrics:thumbnails:open = { "29400000": 29400000 } (minutes of which parts are not merged yet)',
    version: 1,
  },
  minutes: {
    pattern: 'metrics:<queue>:minutes',
    type: 'HASH',
    ttl: '24 h for each minute',
    writer:
      'the leader, from the parts of all processes and from the jobs that other workers have finished',
    reader: 'views',
    example: 'coordinator:metrics:thumbnails:minutes = { "29400000": <counts and sketches> }',
    version: 1,
  },
  hours: {
    pattern: 'metrics:<queue>:hours',
    type: 'HASH',
    ttl: '90 days for each hour',
    writer: 'the leader, from the minutes',
    reader: 'views',
    example: 'coordinator:metrics:thumbnails:hours = { "490000": <counts and sketches> }',
    version: 1,
  },
  flushed: {
    pattern: 'metrics:<queue>:flushed:<process>',
    type: 'STRING',
    ttl: '1 h',
    writer: 'a process, in the same step as its figures',
    reader: 'the same step of the next try: what is there already is not counted again',
    example: 'coordinator:metrics:thumbnails:flushed:web-1:4711:3f0a = "17"',
    version: 1,
  },
  throughput: {
    pattern: 'metrics:<queue>:throughput',
    type: 'STRING',
    ttl: '3 min',
    writer: 'the leader',
    reader:
      'anybody: jobs that completed or failed for good in the last whole minute; no key when that is not known',
    example: 'coordinator:metrics:thumbnails:throughput = "45"',
    version: 1,
  },
  latencyP95: {
    pattern: 'metrics:<queue>:latency:p95',
    type: 'STRING',
    ttl: '3 min',
    writer: 'the leader',
    reader:
      'anybody: 95th percentile of how long the jobs ran that completed in the last whole minute, ms; no key when none did',
    example: 'coordinator:metrics:thumbnails:latency:p95 = "2300"',
    version: 1,
  },
  health: {
    pattern: 'queues:<queue>:health',
    type: 'HASH',
    ttl: '5 min',
    writer: 'the leader; whoever defines the queue, what it promises (`promises`)',
    reader:
      'every process, and anybody: what is not known has no field. `trend`: jobs that ended in each of 30 minutes',
    example:
      'coordinator:queues:thumbnails:health = { lastCheck: "1764000000000", status: "degraded", since: "1763999400000", errorRate: "0.02", avgProcessingTime: "1500", waitP95Ms: "850", waitObjectiveMs: "2000", trend: "12,9,…", reasons: \'[{"code":"error-ratio","message":"…"}]\' }',
    version: 1,
  },
  deadLetter: {
    pattern: 'deadletter:<queue>:<jobId>',
    type: 'HASH',
    ttl: '`deadLetters.keep`, 30 days',
    writer:
      'the worker of the job, in the step that fails it; the leader, for jobs of other workers',
    reader: 'triage, replay',
    example:
      'coordinator:deadletter:thumbnails:17 = { originalJob: "{…}", failureReason: "Timeout exceeded", failedAt: "1764000000000", attemptsMade: "3", state: "dead", fingerprint: "5f1c09ab77d2e134" }',
    version: 1,
  },
  deadLetters: {
    pattern: 'deadletters:<queue>',
    type: 'ZSET',
    ttl: 'as its records',
    writer: 'as its records',
    reader: 'triage, replay',
    example: 'coordinator:deadletters:thumbnails = { "17": 1764000000000 } (score: failedAt)',
    version: 1,
  },
  reconciled: {
    pattern: 'deadletters:<queue>:reconciled',
    type: 'STRING',
    ttl: 'none',
    writer: 'the leader: until when it has looked for failed jobs without a record',
    reader: 'the leader, also for how far failed jobs may be swept',
    example: 'coordinator:deadletters:thumbnails:reconciled = "1764000000000"',
    version: 1,
  },
  groups: {
    pattern: 'groups:<queue>',
    type: 'ZSET',
    ttl: 'as the records',
    writer: 'as the records, in the same step',
    reader: 'triage',
    example:
      'coordinator:groups:thumbnails = { "5f1c09ab77d2e134": 1764000000000 } (score: last seen)',
    version: 1,
  },
  group: {
    pattern: 'groups:<queue>:<fingerprint>',
    type: 'HASH',
    ttl: 'as the records',
    writer: 'as the records, in the same step; operators set its state',
    reader: 'triage',
    example:
      'coordinator:groups:thumbnails:5f1c09ab77d2e134 = { count: "1204", firstSeen: "1764000000000", lastSeen: "1764003600000", type: "TimeoutError", message: "no answer from <url>", state: "open" }',
    version: 1,
  },
  bulks: {
    pattern: 'bulk',
    type: 'ZSET',
    ttl: 'as its actions',
    writer: 'whoever starts a bulk action',
    reader: 'the leader, views',
    example: 'coordinator:bulk = { "01JDQ…": 1764000000000 } (score: createdAt)',
    version: 1,
  },
  bulk: {
    pattern: 'bulk:<id>',
    type: 'HASH',
    ttl: '30 days after its end',
    writer: 'whoever starts or controls it; the leader, with its progress',
    reader: 'the leader, views',
    example:
      'coordinator:bulk:01JDQ… = { kind: "replay", queue: "thumbnails", state: "running", done: "1200", total: "5000" }',
    version: 1,
  },
  bulkIds: {
    pattern: 'bulk:<id>:ids',
    type: 'LIST',
    ttl: 'as its action',
    writer: 'whoever starts a bulk action on chosen jobs',
    reader: 'the leader',
    example: 'coordinator:bulk:01JDQ…:ids = [ "17", "18" ]',
    version: 1,
  },
  pools: {
    pattern: 'pools',
    type: 'ZSET',
    ttl: '7 days after the last process with a pool',
    writer: 'every process with a pool, once a minute',
    reader: 'the leader, which scales all of them',
    example:
      'coordinator:pools = { "thumbnails": 1764000000000 } (score: when a process last said that it has the pool)',
    version: 1,
  },
  pool: {
    pattern: 'workers:<queue>:pool',
    type: 'HASH',
    ttl: '7 days after the last process with the pool',
    writer:
      'the leader, with its epoch; every process with the pool when it starts, its limits and `settings`, and once a minute what of these is missing',
    reader: 'every process with the pool, every second; operators; scalers outside',
    example:
      'coordinator:workers:thumbnails:pool = { minWorkers: "1", maxWorkers: "8", currentWorkers: "5", targetWorkers: "7", shares: \'{"web-1:4711":7}\', epoch: "1764000000000", rev: "317", reason: "…", at: "1764000000000" }',
    version: 1,
  },
  pin: {
    pattern: 'workers:<queue>:pin',
    type: 'STRING',
    ttl: 'as long as the pin holds',
    writer: 'operators: `scaleWorkers`',
    reader: 'the leader: as long as it is there, it is the target',
    example:
      'coordinator:workers:thumbnails:pin = \'{"slots":4,"by":"anna","reason":"sale","at":1764000000000,"until":1764003600000}\'',
    version: 1,
  },
  poolBeats: {
    pattern: 'pools:beats',
    type: 'HASH',
    ttl: '5 min after the last one',
    writer: 'every process with a pool, every second: its slots, jobs and counts',
    reader:
      'the leader, which takes off what has been silent for long, those that have stopped with them',
    example: 'coordinator:pools:beats = { "web-1:4711": "1764000000000 {…}" } (server time, JSON)',
    version: 1,
  },
  scalingLock: {
    pattern: 'scaling:<queue>:lock',
    type: 'STRING',
    ttl: '10 s, renewed',
    writer: 'the leader: who scales the queue',
    reader: 'the leader; whoever wants to know',
    example: 'coordinator:scaling:thumbnails:lock = "web-1:4711:9f3c"',
    version: 1,
  },
  scalingEpoch: {
    pattern: 'scaling:<queue>:lock:epoch',
    type: 'STRING',
    ttl: '7 days, renewed',
    writer: 'the leader, with the lock',
    reader: 'every write of a leader: one with a smaller epoch is refused',
    example: 'coordinator:scaling:thumbnails:lock:epoch = "1764000000000"',
    version: 1,
  },
  scalingMemory: {
    pattern: 'scaling:<queue>:memory',
    type: 'STRING',
    ttl: '1 h',
    writer: 'the leader, every few seconds: what it has learned of the queue',
    reader: 'the next leader',
    example: 'coordinator:scaling:thumbnails:memory = \'{"version":1,"rate":9.8,…}\'',
    version: 1,
  },
  decisions: {
    pattern: 'decisions',
    type: 'STREAM',
    ttl: '7 days after the last; about 1,000 entries',
    writer: 'the leader, in the same step as a changed target or share',
    reader: 'every process with a pool, which applies it at once; operators',
    example:
      'coordinator:decisions = { 1764000000000-0: queue "thumbnails", rev "317", from "5", to "7", … }',
    version: 1,
  },
  ...PAYLOAD_KEYS,
  ...OPERATOR_KEYS,
};
