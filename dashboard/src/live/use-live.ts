/**
 * What of the live overview a component shows: it is drawn again when that has changed, and not before.
 */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useApi } from '../api/api.tsx';
import type { LiveStore } from './live-store.ts';

/** A part of the overview. `select` gives the same object as long as nothing in it has changed. */
export function useLive<T>(select: (live: LiveStore) => T): T {
  const { live } = useApi();
  const selecting = useRef(select);
  selecting.current = select;
  const [, redraw] = useState({});
  const shown = select(live);
  const last = useRef(shown);
  last.current = shown;
  useLayoutEffect(
    () =>
      live.subscribe(() => {
        if (!Object.is(selecting.current(live), last.current)) redraw({});
      }),
    [live],
  );
  return shown;
}

/** Shows nothing new while `isHeld`: rows are selected, or something is being read. */
export function useHold(isHeld: boolean): void {
  const { live } = useApi();
  useEffect(() => (isHeld ? live.hold() : undefined), [isHeld, live]);
}
