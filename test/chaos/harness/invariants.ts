/**
 * The promises that are checked after every run, whatever the fault was. Pure: figures in, checks out.
 *
 * A limit of time has a second, wider one: what lies between the two is put down to a busy machine and told
 * as `strained`. Nothing here may be widened to make a run pass.
 */
import type { Books } from './books.ts';
import { idleSince, slotsOf, type Times } from './measure.ts';
import type { Figures } from './outcome.ts';
import { ADD_TIMEOUT_MS, type Bounds } from './scenario.ts';
import type { Check, Stage } from './stage.ts';

const HTTP_MS = { promised: 50, strained: 250 };
const ADD_MS = { promised: ADD_TIMEOUT_MS + 50, strained: ADD_TIMEOUT_MS + 1_000 };
const MEMORY_MB = 50;
/** Command, wait and events; a fourth, bulk, on demand. */
const SOCKETS = 3;

/** What the invariants look at. */
export interface Evidence {
  readonly stage: Stage;
  readonly figures: Figures;
  readonly books: Books;
  readonly bounds: Bounds;
  readonly times: Times;
  /** `CLIENT LIST` at the end. */
  readonly clients: string;
}

/** Judges a run. */
export function judge(evidence: Evidence): Check[] {
  const { bounds, stage } = evidence;
  const isOurs = stage.side === 'drover';
  return [
    ...jobsAreKept(evidence),
    repeatsAreExplained(evidence),
    ...(bounds.inOrder ? [orderIsKept(evidence)] : []),
    workResumes(evidence),
    ...(bounds.allWorkersResume ? [everyWorkerResumes(evidence)] : []),
    processesAreWell(evidence),
    httpAnswers(evidence),
    ...(bounds.addsEnd ? [addsEnd(evidence)] : []),
    ...(bounds.errorsPerSecond === undefined ? [] : [errorsAreFew(evidence)]),
    ...(isOurs ? [socketsAreFew(evidence)] : []),
  ];
}

function jobsAreKept({ figures, books, bounds, stage }: Evidence): Check[] {
  const { lost, failed } = figures;
  const { accepted, effects: ran } = stage.ledger;
  const absent = accepted.filter((id) => !books.completed.has(id) && !books.failed.has(id));
  const ghosts = [...stage.ledger.refused.keys()].filter((id) => ran.has(id));
  const left = [...books.active, ...books.waiting, ...books.waitingChildren];
  const isLossDeclared = bounds.lost === 'declared';
  return [
    ...(isLossDeclared
      ? []
      : [
          check('no accepted job is lost', lost === 0, `${lost} lost`),
          check('every accepted job is finished in the books', absent.length === 0, some(absent)),
        ]),
    check('no job fails that did not fail by itself', failed === 0, `${failed} failed`),
    check('nothing stays active or waiting', left.length === 0, some(left)),
    check('no job is outside all sets', books.orphans.length === 0, some(books.orphans)),
    check('each job completes once', books.completedTwice.length === 0, some(books.completedTwice)),
    check('a refused add never runs', ghosts.length === 0, some(ghosts)),
  ];
}

function repeatsAreExplained({ figures, bounds, stage }: Evidence): Check {
  const most = bounds.repeats === 'in flight' ? slotsOf(stage) : bounds.repeats;
  const { repeats } = figures;
  return check(`at most ${most} jobs run again`, repeats <= most, `${repeats} did`);
}

/** By the first start of each; an add without an answer has no place in the order. */
function orderIsKept({ stage }: Evidence): Check {
  const { accepted, started } = stage.ledger;
  const place = new Map(stage.ledger.sent.map((id, i) => [id, i]));
  const ran = [...new Set(started.map(({ id }) => id))];
  const known = new Set(accepted);
  const order = ran.filter((id) => known.has(id)).map((id) => place.get(id)!);
  const wrong = order.filter((at, i) => i > 0 && at < order[i - 1]!).length;
  return check('jobs run in the order in which they came', wrong === 0, `${wrong} out of order`);
}

function workResumes({ figures, bounds }: Evidence): Check {
  const { resumeMs } = figures;
  // Where no bound is promised there may be nothing left to start.
  const isKept = (resumeMs ?? Number.POSITIVE_INFINITY) <= bounds.resumeMs;
  const seen = resumeMs === null ? 'never' : `${resumeMs} ms`;
  return check(`work goes on within ${bounds.resumeMs} ms`, isKept, seen);
}

function everyWorkerResumes({ stage, times }: Evidence): Check {
  const idle = idleSince(stage, times.healedAtMs);
  return check('each worker that lives works again', idle.length === 0, some(idle));
}

function processesAreWell({ stage, figures, bounds }: Evidence): Check {
  const { members } = stage.fleet;
  const everyone = [...members, stage.producer];
  const unhandled = everyone.flatMap((member) => member.unhandled);
  const gone = everyone.filter(({ app, isDismissed }) => !app.isRunning && !isDismissed);
  const troubles = [
    ...unhandled.slice(0, 2).map((reason) => `unhandled rejection: ${reason}`),
    ...gone.map(({ name, errors }) => `${name} has ended: ${errors.at(-1) ?? 'no word'}`),
    ...(figures.logLinesPerSecond > bounds.logLinesPerSecond
      ? [`${figures.logLinesPerSecond} log lines per second`]
      : []),
    ...(figures.memoryGrowthMb > MEMORY_MB ? [`memory grew by ${figures.memoryGrowthMb} MB`] : []),
  ];
  return check('processes stay well', troubles.length === 0, troubles.join('; ') || 'all well');
}

/** The asking process may be late itself; then so is every answer that it sees. */
function httpAnswers({ figures: { httpP99Ms, noiseMs } }: Evidence): Check {
  const strained = Math.max(HTTP_MS.strained, HTTP_MS.promised + 3 * noiseMs);
  return within('HTTP answers p99', httpP99Ms, { ...HTTP_MS, strained });
}

function addsEnd({ figures, stage }: Evidence): Check {
  const { pending, slowestAddMs } = figures;
  if (pending > 0 && stage.producer.app.isRunning)
    return check('every add gets an answer', false, `${pending} did not`);
  // Bare BullMQ waits for Redis and promises nothing else: its times stand in the report.
  if (stage.side === 'bare') return check('every add gets an answer', true, 'all did');
  return within('adds are answered', slowestAddMs, ADD_MS);
}

function errorsAreFew({ figures, bounds }: Evidence): Check {
  const most = bounds.errorsPerSecond!;
  const { errorsPerSecond } = figures;
  return check(
    `at most ${most} error events per second and worker`,
    errorsPerSecond <= most,
    `${errorsPerSecond}`,
  );
}

function socketsAreFew({ stage, clients }: Evidence): Check {
  const names = clients.match(/(?<= name=)\S+/g) ?? [];
  const many = [...stage.fleet.live, stage.producer]
    .filter(({ isLive }) => isLive)
    .map(({ name, pid }) => {
      const own = names.filter((each) => each.endsWith(`:${pid}`));
      return { name, sockets: own.filter((each) => !each.includes('-bulk:')).length };
    })
    .filter(({ sockets }) => sockets === 0 || sockets > SOCKETS)
    .map(({ name, sockets }) => `${name} has ${sockets}`);
  return check(`1 to ${SOCKETS} sockets per process`, many.length === 0, some(many));
}

function within(what: string, ms: number, limits: { promised: number; strained: number }): Check {
  const state = ms <= limits.promised ? 'kept' : ms <= limits.strained ? 'strained' : 'broken';
  return { promise: `${what} within ${limits.promised} ms`, seen: `${ms} ms`, state };
}

function check(promise: string, isKept: boolean, seen: string): Check {
  return { promise, seen, state: isKept ? 'kept' : 'broken' };
}

function some(items: readonly string[]): string {
  if (items.length === 0) return 'none';
  return `${items.length}: ${items.slice(0, 3).join(', ')}${items.length > 3 ? ', …' : ''}`;
}
