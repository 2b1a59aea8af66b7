/**
 * What every command works with, and the steps that several of them take: to confirm, to show, to follow.
 */
import type { BulkView } from '../operations/dead-letters/dead-letter-views.ts';
import type { Command, View } from './command.ts';
import { type AskPerson, confirmed } from './confirm.ts';
import type { Console } from './console.ts';
import { EXIT } from './failure.ts';
import { type Followed, followBulk } from './follow-bulk.ts';
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

/** Said of a dry run: `removed 3` alone would be read as done. */
export const ONLY_PLANNED = 'Nothing was done: this is what would be.';

/** The answer, in the form that was asked for. */
export async function present(answer: unknown, view: View, work: Work): Promise<void> {
  const { data, remark } = show(answer, view, work.settings);
  await work.console.data(data);
  if (remark) work.console.say(remark);
}

/** Follows a bulk action unless it is to be let go, and shows it. */
export async function finishBulk(
  work: Work,
  first: BulkView,
  transport: Transport,
): Promise<number> {
  const { view, exitCode } = await endOfBulk(work, first, transport, work.interrupted);
  await present(view, work.command.view ?? { kind: 'record' }, work);
  return exitCode;
}

/** How a bulk action ends; at once when it is to be let go. */
export async function endOfBulk(
  { settings, console }: Work,
  first: BulkView,
  transport: Transport,
  interrupted: () => AbortSignal,
): Promise<Followed> {
  if (!settings.isDetached) return followBulk(transport, first, console, interrupted());
  console.say(`To watch it: drover bulk watch ${printable(first.id)}`);
  return { view: first, exitCode: EXIT.ok };
}

/** Whether an answer comes piece by piece. */
export function isStream(answer: unknown): answer is AsyncIterable<unknown> {
  return typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer;
}
