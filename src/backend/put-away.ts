/**
 * How the bodies of one add, or of many, are put into their store: so many at a time, and each once.
 *
 * A store has few connections, and each call its own deadline: thousands at once would all run out of time. After one
 * that found the store down, those that have not begun do not begin; the next try goes on with what is missing, and
 * with what is still on its way.
 */
import pLimit from 'p-limit';
import type { PayloadCodec, Perhaps } from '../payloads/payload-codec.ts';
import type { ChangeData } from './packed-arguments.ts';
import { isStoreDown } from './payload-failures.ts';

/** A store on S3 has 50 sockets, one of files 4 threads. */
const BODIES_AT_ONCE = 16;

/** `change` for any number of payloads, of which a few are on their way at a time; at once where `change` answers at once. */
export function fewAtOnce(change: ChangeData): ChangeData {
  const limit = pLimit(BODIES_AT_ONCE);
  /** The last failure for which nothing else was begun. */
  let down: { readonly error: unknown } | undefined;
  const watched = async (changing: Perhaps<string>): Promise<string> => {
    try {
      return await changing;
    } catch (error) {
      if (isStoreDown(error)) down = { error };
      throw error;
    }
  };
  return (codec, data) => {
    const before = down;
    if (limit.activeCount + limit.pendingCount >= BODIES_AT_ONCE)
      return limit(() => {
        if (down && down !== before) throw down.error;
        return watched(change(codec, data));
      });
    const changed = change(codec, data);
    return changed instanceof Promise ? limit(() => watched(changed)) : changed;
  };
}

/** `change` that puts away nothing twice, however often it is asked: for the tries of one add. */
export function onceEach(change: ChangeData): ChangeData {
  const made = new Map<PayloadCodec, Map<string, Promise<string>>>();
  return (codec, data) => {
    const ofCodec = made.get(codec) ?? new Map<string, Promise<string>>();
    const known = ofCodec.get(data);
    if (known) return known;
    const changed = change(codec, data);
    if (!(changed instanceof Promise)) return changed;
    made.set(codec, ofCodec.set(data, changed));
    changed.catch(() => ofCodec.delete(data));
    return changed;
  };
}
