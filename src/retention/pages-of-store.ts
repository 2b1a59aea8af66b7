/**
 * What a store lists, page by page, with a deadline for each page. A store that does not hear its signal is not waited for.
 */
import type { Clock } from '../base/clock.ts';
import { abortable, withDeadline } from '../base/wait.ts';
import type { BodyStore, StoredBody } from '../config/body-store.ts';
import { CoordinatorError, messageOf } from '../errors.ts';

/** Longest time of one page. */
const PAGE_MS = 30_000;

/** Rejects with BODY_STORE_UNAVAILABLE when a page fails or does not come, and when `signal` aborts. */
export async function* pagesOfStore(
  store: BodyStore,
  signal: AbortSignal,
  clock: Clock,
): AsyncGenerator<readonly StoredBody[]> {
  const ending = new AbortController();
  const pages = store.list(ending.signal)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const turn = await withDeadline(abortable(pages.next(), signal), PAGE_MS, clock);
      if (!turn.settled) throw new Error('its next page did not come in time');
      if (turn.value.done) return;
      yield turn.value.value;
    }
  } catch (cause) {
    const message = `the store "${store.name}" cannot be listed: ${messageOf(cause)}`;
    throw new CoordinatorError('BODY_STORE_UNAVAILABLE', message, { cause });
  } finally {
    ending.abort(new Error('nobody reads the list any more'));
  }
}
