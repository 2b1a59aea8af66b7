/**
 * Replays the dead letters of a cause: a group spreads over queues, a bulk action is of one queue.
 */

import type { FailureGroup } from '../dead-letters/failure-group.ts';
import { CoordinatorError } from '../errors.ts';
import type { BulkView } from '../operations/dead-letters/dead-letter-views.ts';
import { EXIT } from './failure.ts';
import type { Followed } from './follow-bulk.ts';
import type { Order } from './input.ts';
import { printable } from './printable.ts';
import type { Transport } from './transport.ts';
import { confirmedInput, endOfBulk, ONLY_PLANNED, present, type Work } from './work.ts';

/** One bulk action after the other; the worst exit code of all. */
export async function replayGroup(work: Work, order: Order, transport: Transport): Promise<number> {
  const { settings, typed, console } = work;
  const { group, ...wishes } = order.input;
  const only = typed.options.queue;
  const { queues } = (await transport.call('groups.get', { group })) as FailureGroup;
  const labels = queues.map(({ name }) => name).filter((name) => !only || name === only);
  if (labels.length === 0)
    throw new CoordinatorError('NOT_FOUND', `The group has no dead letters in "${String(only)}"`);
  const inputs = labels.map((queue) => ({ ...wishes, queue, group }));
  if (settings.isDryRun) {
    const plans = [];
    for (const input of inputs)
      plans.push(await transport.call('deadLetters.plan', { ...input, kind: 'replay' }));
    await present(plans, { kind: 'table', columns: PLAN, empty: 'Nothing to replay.' }, work);
    if (settings.output === 'people') console.say(ONLY_PLANNED);
    return EXIT.ok;
  }
  await confirmedInput(work, { ...order, plan: null }, transport);
  const ended: Followed[] = [];
  const signal = work.interrupted();
  for (const input of inputs) {
    console.say(`${printable(input.queue)}:`);
    const first = (await transport.call('deadLetters.replay', input)) as BulkView;
    ended.push(await endOfBulk(work, first, transport, () => signal));
  }
  const views = ended.map(({ view }) => view);
  await present(views, { kind: 'table', columns: ENDED, empty: '' }, work);
  const codes = ended.map(({ exitCode }) => exitCode);
  return codes.some((code) => code === EXIT.ok) && codes.some((code) => code !== EXIT.ok)
    ? EXIT.partial
    : Math.max(...codes);
}

const ENDED = [
  ['ID', 'id'],
  ['QUEUE', 'queue'],
  ['STATE', 'state'],
  ['DONE', 'done', 'number'],
  ['FAILED', 'failed', 'number'],
  ['OF', 'total', 'number'],
] as const;
const PLAN = [
  ['QUEUE', 'queue'],
  ['ELIGIBLE', 'eligible', 'number'],
  ['SKIPPED', 'skipped', 'list'],
  ['ALONE', 'alone', 'number'],
] as const;
