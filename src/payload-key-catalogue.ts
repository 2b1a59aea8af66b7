/**
 * The keys that Drover keeps for payloads and for what goes away in time, described: a part of the catalogue of keys.
 */
import type { KeyDescription } from './keys.ts';

/** As in `KEYS`. */
export const PAYLOAD_KEYS: Readonly<Record<string, KeyDescription>> = {
  payloads: {
    pattern: 'payloads',
    type: 'ZSET',
    ttl: '30 days after it was told last, when nothing of the queue is left',
    writer:
      'every process with a payload policy: its queues, before a body of theirs is written, and those of their parents, within a minute; all of them once a minute; a store on Redis with each body',
    reader: 'the leader, which looks there for what refers to bodies and dictionaries',
    example:
      'coordinator:payloads = { "thumbnails": 1764000000000 } (score: when a process last said so)',
    version: 1,
  },
  body: {
    pattern: 'body:<queue>:<id>',
    type: 'STRING',
    ttl: 'none: swept when nothing has referred to it for `bodies.grace`',
    writer: 'whoever adds a job or returns a result that is large, when bodies are kept in Redis',
    reader: 'whoever reads that job',
    example: 'coordinator:body:thumbnails:01JDQ… = <bytes>',
    version: 1,
  },
  bodies: {
    pattern: 'bodies:<queue>',
    type: 'ZSET',
    ttl: 'as its bodies',
    writer: 'as the bodies, in the same step',
    reader: 'the sweep of bodies, the memory view',
    example: 'coordinator:bodies:thumbnails = { "01JDQ…": 70211 } (score: bytes)',
    version: 1,
  },
  bodiesUnused: {
    pattern: 'bodies',
    type: 'ZSET',
    ttl: 'as long as there are any',
    writer: 'the leader: bodies and dictionaries that nothing refers to, and since when',
    reader: 'the next round of the sweep',
    example:
      'coordinator:bodies = { "files thumbnails 01JDQ…": 1764000000000, ":dictionary thumbnails 3f9a1c07": 1764000000000 }',
    version: 1,
  },
  dictionaries: {
    pattern: 'dictionaries:<queue>',
    type: 'HASH',
    ttl: 'none: what no payload names any more is swept',
    writer: 'a process that has learned what the payloads of the queue have in common',
    reader: 'every process that reads or writes a compressed payload of the queue',
    example:
      'coordinator:dictionaries:thumbnails = { data: "3f9a1c07", "3f9a1c07": <bytes> } (current one of a kind; the dictionary)',
    version: 1,
  },
  redaction: {
    pattern: 'redaction',
    type: 'STRING',
    ttl: 'none',
    writer: 'the first process that hides a field',
    reader: 'every process that hides a field: equal values get equal marks',
    example: 'coordinator:redaction = <32 bytes, base64>',
    version: 1,
  },
  retentions: {
    pattern: 'retention',
    type: 'ZSET',
    ttl: '7 days after the last process that defines a queue',
    writer: 'every process that defines queues, once a minute',
    reader: 'the leader: which queues it sweeps',
    example:
      'coordinator:retention = { "thumbnails": 1764000000000 } (score: when a process last said how it is kept)',
    version: 1,
  },
  redactionPaths: {
    pattern: 'redaction:<queue>',
    type: 'ZSET',
    ttl: '400 days after the last process that declares one',
    writer: 'every process that defines the queue with `payload.redact`, once a minute',
    reader: 'every process that defines the queue, once a minute, or shows payloads of it',
    example:
      'coordinator:redaction:thumbnails = { "customer.phone": 1764000000000 } (score: when a process last said so; a day later it goes)',
    version: 1,
  },
  retention: {
    pattern: 'retention:<queue>',
    type: 'HASH',
    ttl: '7 days after the last process that defines the queue',
    writer:
      'every process that defines the queue, once a minute: its retention; the leader: what it has swept',
    reader: 'the leader, which sweeps; views',
    example:
      'coordinator:retention:thumbnails = { \'policy {"completed":{"count":100,"ageMs":86400000},…}\': "1764000000000", completed: "4711", freedBytes: "7340032", roundAt: "1764000000000", … } (policy → when a process last said so)',
    version: 1,
  },
};
