/**
 * The doctor: what was found, worst first, and what mends it. The exit code says how bad it is.
 */
import { styleText } from 'node:util';
import { resolveAddress } from '../config/redis-address.ts';
import { CoordinatorError } from '../errors.ts';
import type {
  DoctorReport,
  FindingView,
  FixView,
  Severity,
} from '../operations/doctor/doctor-views.ts';
import { addressed, type Target } from './addressed.ts';
import type { View } from './command.ts';
import { EXIT, UsageError } from './failure.ts';
import type { Order } from './input.ts';
import { printable } from './printable.ts';
import { toJson } from './show.ts';
import type { Transport } from './transport.ts';
import { present, type Work } from './work.ts';

const ORDER: readonly Severity[] = ['critical', 'warning', 'unverified', 'information'];
const COLOURS = {
  critical: 'red',
  warning: 'yellow',
  unverified: 'cyan',
  information: 'dim',
} as const;

/** Examines, or mends with `--fix`. */
export async function doctor(work: Work, order: Order, transport: Transport): Promise<number> {
  const { options } = work.typed;
  if (options.fix && options.profile === 'cache')
    throw new UsageError(
      '--fix mends servers of queues: of a cache the report says what to do, without --fix',
    );
  const code = options.fix ? await mend(work, transport).catch(unlessAway) : undefined;
  // Without Redis nothing can be mended: the report says why it is away.
  if (code !== undefined) return code;
  const { settings, console } = work;
  console.progress('Examining …');
  const report = (await transport
    .call('doctor.run', order.input)
    .finally(() => console.progress(''))) as DoctorReport;
  if (settings.output === 'json') await console.data(toJson(report));
  else if (settings.output === 'plain') await present(report, PLAIN, work);
  else await console.data(inWords(report, settings.isColoured, targetOf(work)));
  return exitCodeOf(report, options.strict === true);
}

/** A server that is asked runs elsewhere, and its Redis has an address of its own there. */
function targetOf({ settings, typed }: Work): Target | null {
  const redis = settings.server ? undefined : resolveAddress(settings.redisUrl, undefined);
  return redis ? { redis, flag: typed.options.redis ? settings.where : null } : null;
}

/** 5 when Redis was not reached, 1 when something is critical; with `strict` also a warning. Pure. */
export function exitCodeOf(
  { findings, server, checks }: Pick<DoctorReport, 'findings' | 'server' | 'checks'>,
  strict: boolean,
): number {
  // All that was found out is why nothing could be.
  const isAway = server === null && checks <= 1 && findings.length === 1;
  if (isAway && findings[0]!.severity === 'critical') return EXIT.unreachable;
  const bad: readonly Severity[] = strict ? ['critical', 'warning'] : ['critical'];
  return findings.some(({ severity }) => bad.includes(severity)) ? EXIT.failure : EXIT.ok;
}

const PLAIN: View = {
  kind: 'table',
  rows: 'findings',
  columns: [
    ['ID', 'id'],
    ['SEVERITY', 'severity'],
    ['QUEUE', 'queue'],
    ['TITLE', 'title'],
    ['SEEN', 'seen'],
  ],
  empty: '',
};

/** The report for people. Pure. @param target where its commands are to go; null: as they stand */
export function inWords(
  report: DoctorReport,
  isColoured: boolean,
  target: Target | null = null,
): string {
  const { redis, server, queues, checks, tookMs, findings, profile } = report;
  const head = `${printable(redis)}  ${printable(server ?? 'unknown server')}`;
  const as = profile === null ? '' : ` of a ${profile === 'cache' ? 'cache' : 'queue instance'}`;
  const looked = `${counted(checks, 'check')}${as}, ${counted(queues, 'queue')}, ${Math.round(tookMs)} ms`;
  const groups = ORDER.flatMap((severity) => {
    const found = findings.filter((each) => each.severity === severity);
    if (found.length === 0) return [];
    const title = `${severity.toUpperCase()} (${found.length})`;
    return [
      '',
      isColoured ? styleText(COLOURS[severity], title, { validateStream: false }) : title,
      ...(severity === 'unverified' ? unread(found) : found.flatMap((each) => lines(each, target))),
    ];
  });
  const end = findings.length === 0 ? ['', 'Nothing is wrong.'] : [];
  return [head, looked, ...groups, ...end].join('\n');
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** One reason keeps many checks from telling: it is told once. */
function unread(findings: readonly FindingView[]): string[] {
  const byReason = new Map<string, FindingView[]>();
  for (const each of findings) byReason.set(each.seen, [...(byReason.get(each.seen) ?? []), each]);
  return [...byReason].flatMap(([seen, found]) => [
    ...found.map(({ id, queue, title }) => `  ${printable(id)}${where(queue)} ${printable(title)}`),
    `    because: ${printable(seen)}`,
  ]);
}

function where(queue: string | null): string {
  return queue === null ? '' : ` [${printable(queue)}]`;
}

function lines(finding: FindingView, target: Target | null): string[] {
  const { id, title, seen, why, remedy, queue, isFixable } = finding;
  const meant = (text: string): string => printable(target ? addressed(text, target) : text);
  return [
    `  ${printable(id)}${where(queue)} ${printable(title)}`,
    `    seen:   ${printable(seen)}`,
    `    why:    ${printable(why)}`,
    ...remedy.map((each, i) => `    ${i === 0 ? 'remedy:' : '       '} ${meant(each)}`),
    ...(isFixable ? [`    mend:   ${meant(`drover doctor --fix --checks ${id}`)}`] : []),
  ];
}

function unlessAway(error: unknown): undefined {
  if (!(error instanceof CoordinatorError && error.code === 'QUEUE_UNAVAILABLE')) throw error;
}

async function mend(work: Work, transport: Transport): Promise<number> {
  const { settings, typed, ask, console } = work;
  const checks = (typed.options.checks as string | undefined)?.split(',').map((id) => id.trim());
  const wish = checks ? { checks } : {};
  if (settings.isDryRun || !settings.isConfirmed) {
    const preview = (await transport.call('doctor.fix', { ...wish, dryRun: true })) as FixView[];
    const would = preview.filter(({ outcome }) => outcome === 'would');
    if (settings.isDryRun || would.length === 0) {
      await present(preview, FIXES, work);
      return EXIT.ok;
    }
    for (const { id, does } of would) console.say(`  ${printable(id)}  ${printable(does)}`);
    if (!settings.canAsk)
      throw new UsageError(
        'Nothing was done: to mend this, give --yes, or ask for less by --checks',
      );
    const answer = await ask(`Mend ${would.length}: go on? [y/N] `);
    if (!/^y(?:es)?$/i.test(answer?.trim() ?? '')) throw new UsageError('Nothing was done.');
  }
  const done = (await transport.call('doctor.fix', wish)) as FixView[];
  await present(done, FIXES, work);
  const failed = done.filter(({ outcome }) => outcome === 'failed').length;
  if (failed === 0) return EXIT.ok;
  if (failed === done.length)
    throw new CoordinatorError('STATE_CONFLICT', 'Nothing could be mended: the rows say why');
  return EXIT.partial;
}

const FIXES: View = {
  kind: 'table',
  columns: [
    ['CHECK', 'id'],
    ['QUEUE', 'queue'],
    ['OUTCOME', 'outcome'],
    ['DOES', 'does'],
    ['MESSAGE', 'message'],
  ],
  empty:
    'Nothing is mended unasked here. What the doctor marks with "mend:" is mended when it is named in --checks.',
};
