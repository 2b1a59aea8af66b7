/**
 * The keys of operating, described: backups, audit, API tokens, orders to processes, bulk actions on jobs. Part of the
 * catalogue of keys.
 */
import type { KeyDescription } from './keys.ts';

/** What is stored where. */
export const OPERATOR_KEYS: Readonly<Record<string, KeyDescription>> = {
  backups: {
    pattern: 'backups',
    type: 'HASH',
    ttl: 'none',
    writer: '`drover backup`, after a backup was made or verified',
    reader: 'the doctor and metrics',
    example:
      'coordinator:backups = { queue: \'{"name":"queue-20261127T070000Z","madeAt":1764000000000,"bytes":96000000,"verifiedAt":null,"verifiedName":null}\' }',
    version: 1,
  },
  audit: {
    pattern: 'audit',
    type: 'STREAM',
    ttl: 'none; the newest 100,000 entries',
    writer: 'the control surface, before and after each action',
    reader: 'operations',
    example:
      'coordinator:audit = { 17-0: entry \'{"n":17,"action":"queues.pause",…}\', hash "9f3c…" } (id: the number)',
    version: 1,
  },
  auditHead: {
    pattern: 'audit:head',
    type: 'HASH',
    ttl: 'none',
    writer: 'the control surface, in the same step as an entry',
    reader: 'the next entry, which carries its hash on',
    example: 'coordinator:audit:head = { n: "17", hash: "9f3c…" }',
    version: 1,
  },
  auditAnchors: {
    pattern: 'audit:anchors',
    type: 'ZSET',
    ttl: 'none; the newest 1,000',
    writer: 'the control surface, every 1,000 entries and before entries are trimmed',
    reader: 'verification: what is left is checked from an anchor on',
    example: 'coordinator:audit:anchors = { "1000:9f3c…:1764000000000": 1000 } (score: the number)',
    version: 1,
  },
  tokens: {
    pattern: 'tokens',
    type: 'HASH',
    ttl: 'none; revoked and expired ones are taken out after 30 days',
    writer: 'operations',
    reader: 'every process that serves, at each request that brings one (kept for some seconds)',
    example:
      'coordinator:tokens = { "k7f2…": \'{"name":"deploys","hash":"…","grants":[…],"expiresAt":…}\' }',
    version: 1,
  },
  tokensUsed: {
    pattern: 'tokens:used',
    type: 'HASH',
    ttl: 'none; goes with the token',
    writer: 'every process that serves, at most once a minute for each token',
    reader: 'operations',
    example: 'coordinator:tokens:used = { "k7f2…": "1764000000000" }',
    version: 1,
  },
  pauses: {
    pattern: 'pauses',
    type: 'HASH',
    ttl: 'none; an entry goes when the queue is resumed, or when it is seen not to be paused',
    writer: 'operations, after the queue is paused',
    reader: 'operations',
    example: 'coordinator:pauses = { "thumbnails": \'{"by":"ann","reason":"bad deploy","at":…}\' }',
    version: 1,
  },
  orders: {
    pattern: 'orders',
    type: 'STREAM',
    ttl: '1 h after the last; about 1,000 entries',
    writer: 'operations',
    reader: 'every process with workers, which does what is meant for it at once',
    example:
      'coordinator:orders = { 1764000000000-0: kind "cancel", queue "thumbnails", job "17", by "ann" }',
    version: 1,
  },
  orderAnswers: {
    pattern: 'orders:<order>',
    type: 'STREAM',
    ttl: '1 min',
    writer: 'every process that an order is meant for',
    reader: 'whoever gave the order',
    example:
      'coordinator:orders:1764000000000-0 = { 1764000000012-0: worker "web-1:4711", outcome "cancelled" }',
    version: 1,
  },
  workerFlags: {
    pattern: 'workers:flags',
    type: 'HASH',
    ttl: '7 days after the last change; an entry goes an hour after its process',
    writer: 'operations; the leader drops entries',
    reader: 'every process with workers: what it must keep to until it is told otherwise',
    example: 'coordinator:workers:flags = { "web-1:4711": \'{"quiet":true,"by":"ann",…}\' }',
    version: 1,
  },
  jobBulks: {
    pattern: 'jobs:bulk',
    type: 'ZSET',
    ttl: '30 days after the last',
    writer: 'operations',
    reader: 'the leader, operations',
    example: 'coordinator:jobs:bulk = { "01J…": 1764000000000 } (score: when it was made)',
    version: 1,
  },
  jobBulk: {
    pattern: 'jobs:bulk:<id>',
    type: 'HASH',
    ttl: '30 days after its end',
    writer: 'operations, and the leader with its epoch',
    reader: 'the leader, operations',
    example: 'coordinator:jobs:bulk:01J… = { kind: "retry", queue: "thumbnails", done: "17", … }',
    version: 1,
  },
  jobBulkIds: {
    pattern: 'jobs:bulk:<id>:ids',
    type: 'LIST',
    ttl: 'goes with the action',
    writer: 'operations',
    reader: 'the leader',
    example: 'coordinator:jobs:bulk:01J…:ids = ["17", "18"]',
    version: 1,
  },
};
