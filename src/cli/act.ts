/**
 * Has a command done: settings, transport, confirmation, action, answer. Every command goes this way.
 */
import type { Writable } from 'node:stream';
import { CoordinatorError } from '../errors.ts';
import type { BulkView } from '../operations/dead-letters/dead-letter-views.ts';
import { valueAt } from './cells.ts';
import type { Command } from './command.ts';
import { askPerson } from './confirm.ts';
import { type Console, createConsole } from './console.ts';
import { EXIT, toFailure, UsageError } from './failure.ts';
import { type Order, toOrder } from './input.ts';
import { openTransport } from './open-transport.ts';
import { printable, printableJson } from './printable.ts';
import type { Typed } from './program.ts';
import { resolveSettings, type Surroundings } from './settings.ts';
import { toJson } from './show.ts';
import { surroundings } from './surroundings.ts';
import { needsOf, type Transport } from './transport.ts';
import { confirmedInput, finishBulk, isStream, ONLY_PLANNED, present, type Work } from './work.ts';

/** Starts the HTTP face of a coordinator; handed in by `bin/`, which may know it. */
export type Serve = (work: Work) => Promise<number>;

/** Where a command reads its settings and writes. */
export interface Place {
  readonly around: Surroundings;
  readonly out: Writable;
  readonly messages: Writable & { readonly isTTY?: boolean };
}

const thisProcess = (): Place => ({
  ...{ around: surroundings(), out: process.stdout, messages: process.stderr },
});

/** Does a command and tells what went wrong with it; resolves to the exit code. */
export async function act(
  command: Command,
  typed: Typed,
  serve: Serve,
  { around, out, messages }: Place = thisProcess(),
): Promise<number> {
  let console = createConsole(out, messages, []);
  leaveWithReader(out);
  try {
    const settings = resolveSettings(typed.options, around);
    console = createConsole(out, messages, settings.secrets);
    const work = { command, typed, settings, console, ask: askPerson, interrupted: onInterrupt };
    if (command.program === 'serve') return await serve(work);
    const alone = await aloneProgramOf(command);
    return await (alone ? alone(work) : perform(work));
  } catch (error) {
    return fail(error, command, typed, console);
  }
}

/** Says what went wrong; the exit code. */
function fail(error: unknown, command: Command, typed: Typed, console: Console): number {
  const failure = toFailure(error, command);
  const { code, message, remedy, flag, exitCode } = failure;
  if (typed.options.json) {
    console.say(toJson({ error: { code, message, remedy, flag } }));
    return exitCode;
  }
  const mark = error instanceof CoordinatorError ? ` (${code})` : '';
  console.say(`drover: ${printable(message)}${mark}`);
  if (remedy) console.say(`  ${remedy}`);
  return exitCode;
}

/** Does an action, or what a program makes of several. */
async function perform(work: Work): Promise<number> {
  const { command, settings, typed } = work;
  if (command.needsServer && !settings.server)
    throw new UsageError(
      `"${command.path.join(' ')}" tells of a process: give --server. Redis alone is told by "drover health" and "drover status"`,
    );
  const order = toOrder(command, typed);
  const needs = needsOf(command, await changesOf(order, work), typed.options.watch === true);
  // The doctor tells for itself why Redis cannot be reached.
  const isPatient = command.program === 'doctor';
  const transport = await openTransport({ ...settings, isPatient }, needs);
  try {
    const run = await programOf(command);
    return await run(work, order, transport);
  } finally {
    await transport.close();
  }
}

/** What asks for no action. */
async function aloneProgramOf({
  program,
}: Command): Promise<((work: Work) => Promise<number>) | undefined> {
  switch (program) {
    case 'top':
      return (await import('./top/top.ts')).top;
    case 'completion':
      return (await import('./completion.ts')).completion;
    case 'backup-list':
      return (await import('./backup/list.ts')).backupList;
    case 'backup-make':
      return (await import('./backup/make.ts')).backupMake;
    case 'backup-verify':
      return (await import('./backup/verify.ts')).backupVerify;
    case 'backup-restore':
      return (await import('./backup/restore.ts')).backupRestore;
    case 'backup-drill':
      return (await import('./backup/drill.ts')).backupDrill;
    case 'backup-rewind':
      return (await import('./backup/rewind.ts')).backupRewind;
    case 'redis-size':
      return (await import('./redis-size.ts')).redisSize;
    default:
      return undefined;
  }
}

async function programOf({
  program,
}: Command): Promise<(work: Work, order: Order, transport: Transport) => Promise<number>> {
  if (program === 'doctor') return (await import('./doctor.ts')).doctor;
  if (program === 'replay-group') return (await import('./replay-group.ts')).replayGroup;
  if (program === 'watch-overview') return (await import('./watch-overview.ts')).watchOverview;
  if (program === 'watch-bulk') return watchBulk;
  return runOrder;
}

/** Whether an action is asked for that may change something; its own dry run passes the same gate. */
async function changesOf(
  { action, plan }: Order,
  { settings, typed }: Pick<Work, 'settings' | 'typed'>,
): Promise<boolean> {
  const { ACTIONS } = await import('../operations/actions.ts');
  const asked = settings.isDryRun && plan ? plan.action : action;
  // Whoever asks what they may do would otherwise be told of the read-only connection that answers it.
  return ACTIONS[asked].effect !== 'reads' || asked === 'access.me' || typed.options.fix === true;
}

/** The usual way. */
async function runOrder(work: Work, order: Order, transport: Transport): Promise<number> {
  const { command, settings, console } = work;
  if (settings.isDryRun && order.plan) {
    const plan = await transport.call(order.plan.action, order.plan.input);
    await present(plan, { kind: 'record' }, work);
    if (settings.output === 'people') console.say(ONLY_PLANNED);
    return EXIT.ok;
  }
  if (settings.isDryRun) throw new CoordinatorError('NOT_SUPPORTED', ONE_THING);
  const input = await confirmedInput(work, order, transport);
  const answer = await transport.call(order.action, input);
  if (order.isBulk) return finishBulk(work, answer as BulkView, transport);
  if (isStream(answer)) return stream(answer, console);
  await present(answer, command.view ?? { kind: 'record' }, work);
  return endOf(command, answer);
}

/** What the answer itself says of how it is. */
function endOf({ endsBy }: Command, answer: unknown): number {
  return endsBy?.codes[String(valueAt(answer, endsBy.field))] ?? EXIT.ok;
}

const ONE_THING = 'This changes one thing only: there is nothing to try with --dry-run';

async function watchBulk(work: Work, order: Order, transport: Transport): Promise<number> {
  const first = (await transport.call('bulk.get', order.input)) as BulkView;
  return finishBulk(work, first, transport);
}

async function stream(lines: AsyncIterable<unknown>, console: Console): Promise<number> {
  for await (const line of lines)
    await console.data(printableJson(typeof line === 'string' ? line : JSON.stringify(line)));
  return EXIT.ok;
}

/** From now on Ctrl-C and SIGTERM abort this and do not end the process; a second one does. */
function onInterrupt(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
      controller.abort();
    });
  return controller.signal;
}

/** Whoever reads the output has gone: nobody is left to tell. */
function leaveWithReader(out: Writable): void {
  out.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failure);
  });
}
