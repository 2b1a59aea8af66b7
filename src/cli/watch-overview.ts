/**
 * The overview: once, or as it changes, an event a line.
 */
import type { LiveEvent } from '../operations/live/live-views.ts';
import { EXIT } from './failure.ts';
import type { Order } from './input.ts';
import { printableJson } from './printable.ts';
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
    const overview = await transport.call(order.action, order.input);
    await present(overview, command.view!, work);
    return EXIT.ok;
  }
  const events = await transport.call('overview.watch', {});
  if (!isStream(events)) return EXIT.failure;
  for await (const each of events) {
    const { data } = each as LiveEvent;
    await console.data(printableJson(JSON.stringify(data)));
  }
  return EXIT.ok;
}
