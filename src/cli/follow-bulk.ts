/**
 * Follows a bulk action to its end, with a bar on a terminal. Ctrl-C lets go of it: it goes on without us.
 */
import { formatDuration } from '../base/units.ts';
import { sleep } from '../base/wait.ts';
import type { BulkView } from '../operations/dead-letters/dead-letter-views.ts';
import type { Console } from './console.ts';
import { EXIT } from './failure.ts';
import { printable } from './printable.ts';
import type { Transport } from './transport.ts';

const LOOK_EVERY_MS = 300;
const OVER: readonly BulkView['state'][] = ['done', 'aborted', 'undone', 'failed'];

/** How it ended. */
export interface Followed {
  readonly view: BulkView;
  readonly exitCode: number;
}

/** Looks again and again until it is over or paused, or the signal lets go. */
export async function followBulk(
  transport: Transport,
  first: BulkView,
  console: Console,
  signal: AbortSignal,
): Promise<Followed> {
  let view = first;
  while (!isOver(view) && !signal.aborted) {
    console.progress(progressLine(view));
    if ((await sleep(LOOK_EVERY_MS, { signal })) === 'aborted') break;
    view = (await transport.call('bulk.get', { bulk: view.id })) as BulkView;
  }
  console.progress('');
  if (!isOver(view)) {
    console.say(`It goes on. To watch it again: drover bulk watch ${printable(view.id)}`);
    return { view, exitCode: EXIT.ok };
  }
  console.say(summary(view));
  return { view, exitCode: exitCodeOf(view) };
}

/** Whether nothing more happens by itself. */
function isOver({ state }: BulkView): boolean {
  return OVER.includes(state) || state === 'paused';
}

function exitCodeOf({ state, failed, done }: BulkView): number {
  if (failed > 0) return done > 0 ? EXIT.partial : EXIT.failure;
  return state === 'done' || state === 'undone' ? EXIT.ok : EXIT.partial;
}

/** `[#####.....] 50 % 600 of 1200, 400/s, 2s left`. Pure. */
export function progressLine({
  total,
  done,
  failed,
  skipped,
  rate,
  etaMs,
  state,
}: BulkView): string {
  const through = done + failed + skippedOf(skipped);
  const share = total > 0 ? Math.min(1, through / total) : 0;
  const filled = Math.round(share * BAR);
  const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`;
  const pace = rate ? `, ${Math.round(rate)}/s` : '';
  const left = etaMs ? `, ${formatDuration(etaMs)} left` : '';
  return `${bar} ${Math.round(share * 100)} % ${state}: ${through} of ${total}${pace}${left}`;
}

const BAR = 20;

function summary({ id, state, done, failed, skipped, reason, errors }: BulkView): string {
  const why = reason ? ` (${printable(reason)})` : '';
  const first = errors[0] ? `\n  ${printable(errors[0])}` : '';
  return `${printable(id)} is ${state}${why}: ${done} done, ${failed} failed, ${skippedOf(skipped)} skipped${first}`;
}

function skippedOf(skipped: BulkView['skipped']): number {
  return Object.values(skipped).reduce((sum, n) => sum + n, 0);
}
