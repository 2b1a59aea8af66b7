/**
 * What every command works with, and the steps that several of them take: to confirm, to show, to follow.
 */
import type { BulkView } from '../operations/dead-letter-views.ts';
import type { Command, View } from './command.ts';
import { type AskPerson, confirmed } from './confirm.ts';
import type { Console } from './console.ts';
import { EXIT } from './failure.ts';
import { followBulk } from './follow-bulk.ts';
import type { Order } from './input.ts';
import { printable } from './printable.ts';
import type { Typed } from './program.ts';
import type { Settings } from './settings.ts';
import { show } from './show.ts';
import type { Transport } from './transport.ts';

/** What every command works with. */
export interface Work {
  readonly command: Command;
  readonly typed: Typed;
  readonly settings: Settings;
  readonly console: Console;
  readonly ask: AskPerson;
  /** Ctrl-C, once somebody listens to it. */
  readonly interrupted: () => AbortSignal;
}

/** Asks with the plan in view. */
export function confirmedInput(
  { command, settings, ask, console }: Work,
  order: Order,
  transport: Transport,
): Promise<Readonly<Record<string, unknown>>> {
  const what = [...command.path, order.input.queue ?? order.input.group ?? '']
    .map((each) => printable(String(each ?? '')))
    .filter(Boolean)
    .join(' ');
  const preview = async (): Promise<string | null> => {
    if (!order.plan) return null;
    const plan = await transport.call(order.plan.action, order.plan.input);
    return `It would do:\n${show(plan, { kind: 'record' }, { ...settings, output: 'people' }).data}`;
  };
  return confirmed(order, what, settings, ask, preview, console);
}

/** The answer, in the form that was asked for. */
export async function present(answer: unknown, view: View, work: Work): Promise<void> {
  const { data, remark } = show(answer, view, work.settings);
  await work.console.data(data);
  if (remark) work.console.say(remark);
}

/** Follows a bulk action unless it is to be let go. */
export async function finishBulk(
  work: Work,
  first: BulkView,
  transport: Transport,
): Promise<number> {
  const { settings, console, interrupted, command } = work;
  const view = command.view ?? { kind: 'record' };
  if (settings.isDetached) {
    await present(first, view, work);
    console.say(`To watch it: drover bulk watch ${printable(first.id)}`);
    return EXIT.ok;
  }
  const followed = await followBulk(transport, first, console, interrupted());
  await present(followed.view, view, work);
  return followed.exitCode;
}

/** Whether an answer comes piece by piece. */
export function isStream(answer: unknown): answer is AsyncIterable<unknown> {
  return typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer;
}
