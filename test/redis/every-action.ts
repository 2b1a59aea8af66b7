/**
 * Every action of the control surface with an input that fits, in an order in which each finds what it needs.
 */
import type { Coordinator } from 'drover';
import { ACTIONS, type ActionName, type InputOf } from '../../src/operations/actions.ts';

/** What the inputs name: things that are in Redis. */
export interface Named {
  readonly queue: string;
  /** Jobs of the queue in these states. */
  readonly waiting: string;
  readonly delayed: string;
  readonly failed: string;
  readonly active: string;
  readonly group: string;
  readonly worker: string;
  /** Filled by what is done: a bulk action, a token. */
  bulk: string;
  token: string;
}

type Inputs = { readonly [Name in ActionName]: (named: Named) => InputOf<Name> };
const nothing = (): Record<never, never> => ({});
const ofQueue = ({ queue }: Named): { queue: string } => ({ queue });
const ofBulk = ({ bulk }: Named): { bulk: string } => ({ bulk });
const sure = ({ queue }: Named): { queue: string; confirm: string } => ({ queue, confirm: queue });

/** What destroys comes last. */
const INPUTS: Inputs = {
  ...{ 'access.me': nothing, 'overview.get': nothing, 'overview.watch': nothing },
  ...{ 'health.redis': nothing, 'health.live': nothing, 'health.ready': nothing },
  ...{ 'health.queues': nothing, 'metrics.exposition': nothing, 'retention.list': nothing },
  'metrics.history': ({ queue }) => ({ queue, last: '6h' }),
  ...{ 'metrics.backlog': ofQueue, 'memory.get': ofQueue, 'queues.get': ofQueue },
  ...{ 'queues.list': nothing, 'schedulers.list': ofQueue, 'schedulers.all': nothing },
  'schedulers.get': ({ queue }) => ({ queue, scheduler: 'nightly' }),
  'jobs.list': ({ queue }) => ({ queue, state: 'failed', filter: 'name:job' }),
  'jobs.find': ({ failed }) => ({ id: failed }),
  'jobs.hints': ({ queue }) => ({ queue, state: 'failed' }),
  'jobs.get': ({ queue, failed }) => ({ queue, job: failed, full: true }),
  'jobs.logs': ({ queue, failed }) => ({ queue, job: failed }),
  'jobs.flow': ({ queue, waiting }) => ({ queue, job: waiting }),
  'jobs.plan': ({ queue }) => ({ queue, kind: 'remove', state: 'failed', filter: '' }),
  ...{ 'deadLetters.counts': nothing, 'groups.list': nothing, 'bulk.list': nothing },
  'deadLetters.list': ofQueue,
  'deadLetters.get': ({ queue, failed }) => ({ queue, job: failed }),
  'deadLetters.plan': ({ queue }) => ({ queue, filter: '' }),
  'deadLetters.export': ({ queue }) => ({ queue, filter: '' }),
  'groups.get': ({ group }) => ({ group }),
  'workers.list': nothing,
  ...{ 'pools.list': nothing, 'pools.get': ofQueue, 'pools.why': ofQueue },
  ...{ 'pools.decisions': ofQueue, 'pools.scale': ofQueue },
  ...{ 'redis.info': nothing, 'redis.clients': nothing, 'redis.slowlog': nothing },
  ...{ 'redis.latency': nothing, 'redis.memory': nothing },
  'doctor.run': () => ({ quick: true }),
  'doctor.acl': () => ({ role: 'backup' }),
  ...{ 'tokens.list': nothing, 'audit.list': nothing, 'audit.export': nothing },
  'audit.verify': nothing,
  'jobs.add': ({ queue }) => ({ queue, name: 'by-hand', data: { a: 1 }, options: { priority: 2 } }),
  'jobs.edit': ({ queue, delayed }) => ({ queue, job: delayed, data: { b: 2 }, delay: '2h' }),
  'jobs.promote': ({ queue, delayed }) => ({ queue, job: delayed }),
  'jobs.retry': ({ queue, failed }) => ({ queue, job: failed }),
  'jobs.move': ({ queue, waiting }) => ({ queue, job: waiting, to: 'others' }),
  'jobs.cancel': ({ queue, active }) => ({ queue, job: active }),
  'jobs.remove': ({ queue, delayed }) => ({ queue, job: delayed }),
  'queues.pause': ({ queue }) => ({ queue, reason: 'deploy' }),
  'queues.resume': ofQueue,
  'queues.limit': ({ queue }) => ({ queue, max: 10, duration: '1s' }),
  'queues.unlimit': ofQueue,
  'queues.concurrency': ({ queue }) => ({ queue, concurrency: 5 }),
  'schedulers.set': ({ queue }) => ({ queue, scheduler: 'hourly', every: '1h', jobName: 'job' }),
  'schedulers.run': ({ queue }) => ({ queue, scheduler: 'hourly' }),
  'schedulers.remove': ({ queue }) => ({ queue, scheduler: 'hourly' }),
  'pools.pin': ({ queue }) => ({ queue, slots: 2, for: '1h', reason: 'sale' }),
  'pools.unpin': ofQueue,
  'workers.quiet': ({ worker }) => ({ worker, reason: 'deploy' }),
  'workers.resume': ({ worker }) => ({ worker }),
  'groups.set': ({ group }) => ({ group, state: 'ignored' }),
  'tokens.create': () => ({ name: 'ci', grants: [{ may: ['viewer'] }] }),
  'tokens.revoke': ({ token }) => ({ token }),
  'doctor.fix': nothing,
  'deadLetters.replay': ({ queue }) => ({ queue, filter: '' }),
  ...{ 'bulk.get': ofBulk, 'bulk.pause': ofBulk, 'bulk.resume': ofBulk },
  ...{ 'bulk.abort': ofBulk, 'bulk.undo': ofBulk },
  'jobs.bulk': (named) => ({ ...sure(named), kind: 'remove', state: 'failed', filter: '' }),
  'deadLetters.discard': (named) => ({ ...sure(named), filter: '' }),
  'queues.clean': (named) => ({ ...sure(named), state: 'completed', olderThan: '1ms' }),
  'queues.empty': (named) => ({ ...sure(named), delayed: true }),
  'queues.obliterate': (named) => ({ ...sure(named), force: true }),
} as Inputs;

/** Names of those that only read, or of all. */
export function actionNames(which: 'reads' | 'all'): readonly ActionName[] {
  const names = Object.keys(INPUTS) as ActionName[];
  return names.filter((name) => which === 'all' || ACTIONS[name].effect === 'reads');
}

/** Does one; streams are read to their end, or to their first event. */
export async function act(
  { control }: Pick<Coordinator, 'control'>,
  name: ActionName,
  named: Named,
): Promise<unknown> {
  const principal = {
    kind: 'loopback',
    id: 'me',
    name: 'me',
    grants: [{ may: ['admin'] }],
  } as const;
  const output: unknown = await control.call(name, INPUTS[name](named) as never, { principal });
  if (name === 'tokens.create') named.token = (output as { id: string }).id;
  if (name === 'deadLetters.replay') named.bulk = (output as { id: string }).id;
  if (output === null || typeof output !== 'object' || !(Symbol.asyncIterator in output))
    return output;
  for await (const part of output as AsyncIterable<unknown>)
    if (name === 'overview.watch') return part;
  return null;
}
