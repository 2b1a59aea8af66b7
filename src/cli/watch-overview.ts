/**
 * The overview: once, or as it changes, an event a line.
 *
 * A Redis that was never seen is an error, never an empty list: nobody may take an outage for a quiet night.
 */
import { formatDuration } from '../base/units.ts';
import { CoordinatorError } from '../errors.ts';
import type { LiveEvent, OverviewView } from '../operations/live/live-views.ts';
import { EXIT } from './failure.ts';
import type { Order } from './input.ts';
import { printable, printableJson } from './printable.ts';
import type { Transport } from './transport.ts';
import { isStream, present, type Work } from './work.ts';

/** Once, or with `--watch` until Ctrl-C. */
export async function watchOverview(
  work: Work,
  order: Order,
  transport: Transport,
): Promise<number> {
  const { typed, command, console } = work;
  if (!typed.options.watch) {
    const overview = (await transport.call(order.action, order.input)) as OverviewView;
    const { takenAt, ageMs, problem } = overview;
    const isAway = overview.redis === 'unhealthy' || Boolean(problem);
    const why = problem ?? 'Redis cannot be reached';
    if (takenAt === null && isAway) throw new CoordinatorError('QUEUE_UNAVAILABLE', why);
    await present(overview, command.view!, work);
    if (isAway) console.say(`As last known, ${formatDuration(ageMs ?? 0)} ago: ${printable(why)}`);
    return isAway ? EXIT.unreachable : EXIT.ok;
  }
  const events = await transport.call('overview.watch', {});
  if (!isStream(events)) return EXIT.failure;
  for await (const each of events) {
    const { data } = each as LiveEvent;
    await console.data(printableJson(JSON.stringify(data)));
  }
  return EXIT.ok;
}
