/** The table of the backend's members against the BullMQ that is installed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RedisQueueBackend } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { DroverBackend } from '../../src/backend/drover-backend.ts';
import { CARRIERS, MEMBERS } from '../../src/backend/members.ts';
import { root } from './sources.ts';

const bullmq = join(root, 'node_modules', 'bullmq', 'dist', 'esm');

/** Members that BullMQ calls on the Redis backend although its interface does not have them. */
const REDIS_ONLY = ['getJobs', 'addJobToTransaction'];

/** Members whose values are loosely typed and no payloads. */
const NO_PAYLOAD: ReadonlySet<string> = new Set([
  'on',
  'once',
  'removeListener',
  'retryFinishedJob',
  'getIgnoredChildrenFailures',
  'getQueueMeta',
]);

const declaration = readFileSync(join(bullmq, 'interfaces', 'queue-backend.d.ts'), 'utf8');
const start = declaration.indexOf('export interface IQueueBackend');
const body = declaration.slice(start, declaration.indexOf('\n}', start));
const declared = [
  ...new Set(
    [...body.matchAll(/^ {4}(?:readonly )?(\w+)\??(?:<[^>]*>)?[(:]/gm)].map(([, name]) => name!),
  ),
];

const own = (prototype: object): Set<string> => new Set(Object.getOwnPropertyNames(prototype));

describe('the table of members', () => {
  it('the interface was read', () => {
    expect(declared).toContain('moveToActive');
    expect(declared).toContain('addFlow');
    expect(declared.length).toBeGreaterThan(70);
  });

  it('every member of the interface is in the table', () => {
    expect(declared.filter((name) => !Object.hasOwn(MEMBERS, name))).toEqual([]);
  });

  it('nothing in the table is unknown to BullMQ', () => {
    const known = new Set([...declared, ...REDIS_ONLY]);
    expect(Object.keys(MEMBERS).filter((name) => !known.has(name))).toEqual([]);
  });

  it("every method in the table exists on BullMQ's Redis backend", () => {
    const properties = ['closing', 'keys', 'toKey', 'minimumBlockTimeout', 'maximumBlockTimeout'];
    const missing = Object.keys(MEMBERS).filter(
      (name) => !(name in RedisQueueBackend.prototype) && !properties.includes(name),
    );
    expect(missing).toEqual([]);
  });

  it("whatever BullMQ's classes call on a backend is in the table", () => {
    const folder = join(bullmq, 'classes');
    const called = readdirSync(folder)
      .filter((file) => file.endsWith('.js') && !/backend|relay/.test(file))
      .flatMap((file) => [
        ...readFileSync(join(folder, file), 'utf8').matchAll(/\bbackend\.(\w+)\b/g),
      ])
      .map(([, name]) => name!);
    const unknown = [...new Set(called)].filter((name) => !Object.hasOwn(MEMBERS, name));
    expect(unknown).toEqual([]);
  });

  it('every member that reaches Redis goes through Drover', () => {
    const overridden = own(DroverBackend.prototype);
    const bare = Object.entries(MEMBERS)
      .filter(([name, kind]) => kind !== 'local' && !overridden.has(name))
      .map(([name]) => name);
    expect(bare).toEqual([]);
  });

  it('every member that takes or answers data of jobs is known to carry payloads', () => {
    const signature = (name: string): string =>
      new RegExp(
        `^ {4}${name}\\??(?:<[^>]*>)?[(:][^]*?(?=\\n {4}[\\w/]|\\n\\}|$(?![^]))`,
        'm',
      ).exec(body)?.[0] ?? '';
    const words =
      /JobJson|templateData|returnValue|progress|StreamReadRaw|\bdata: |\bany\b|Record<string, string>/;
    const carrying = declared.filter((name) => words.test(signature(name)));
    expect(carrying).toEqual(expect.arrayContaining(['addJob', 'moveToActive', 'paginate']));
    expect(
      carrying.filter((name) => !Object.hasOwn(CARRIERS, name) && !NO_PAYLOAD.has(name)),
    ).toEqual([]);
  });

  it('a backend is an instance of the class that BullMQ tests for', () => {
    expect(DroverBackend.prototype).toBeInstanceOf(RedisQueueBackend);
  });
});
