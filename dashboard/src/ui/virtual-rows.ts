/**
 * Which rows of a long table are in sight of the window, by `@tanstack/virtual-core`.
 */
import {
  observeWindowOffset,
  observeWindowRect,
  Virtualizer,
  windowScroll,
} from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** What is there of the rows. */
export interface VirtualRows {
  /** First and, exclusively, last row that is there. */
  readonly first: number;
  readonly last: number;
  /** Room of those before and after, px. */
  readonly before: number;
  readonly after: number;
  readonly scrollTo: (index: number) => void;
}

interface VirtualRowsOptions {
  readonly box: RefObject<HTMLElement>;
  readonly count: number;
  readonly rowPx: number;
  readonly onEnd?: () => void;
}

/** Tables that are shorter are there as a whole: then the browser finds text in them. */
const SHORTEST = 60;
const OVERSCAN = 4;
/** `onEnd` is called when so few rows are left. */
const NEAR_END = 20;

/** The rows in sight. */
export function useVirtualRows(options: VirtualRowsOptions): VirtualRows {
  const { box, count, rowPx, onEnd } = options;
  const [, redraw] = useState({});
  // In the middle, until it is known: so that no row is made that nobody sees.
  const top = useRef(window.innerHeight / 2);
  const virtualizer = useRef<Virtualizer<Window, Element>>();
  const settings = {
    ...{ count, estimateSize: () => rowPx, overscan: OVERSCAN, scrollMargin: top.current },
    getScrollElement: () => window,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    scrollToFn: windowScroll,
    initialRect: { width: window.innerWidth, height: window.innerHeight },
    onChange: () => redraw({}),
  };
  virtualizer.current ??= new Virtualizer<Window, Element>(settings);
  const rows = virtualizer.current;
  rows.setOptions(settings);
  useLayoutEffect(() => {
    const mounted = rows._didMount();
    return mounted;
  }, [rows]);
  useLayoutEffect(() => {
    const now = (box.current?.getBoundingClientRect().top ?? 0) + window.scrollY;
    if (Math.abs(now - top.current) > rowPx) {
      top.current = now;
      redraw({});
    }
    rows._willUpdate();
  });
  const isShort = count <= SHORTEST;
  const items = isShort ? [] : rows.getVirtualItems();
  const first = isShort ? 0 : (items[0]?.index ?? 0);
  const last = isShort ? count : (items.at(-1)?.index ?? -1) + 1;
  const isNearEnd = count > 0 && last >= count - NEAR_END;
  useEffect(() => {
    if (isNearEnd) onEnd?.();
  }, [isNearEnd, count, onEnd]);
  return {
    ...{ first, last, before: first * rowPx, after: (count - last) * rowPx },
    scrollTo: (index) => {
      const at = top.current + (index + 1) * rowPx;
      const { scrollY, innerHeight } = window;
      if (at < scrollY + rowPx * 2) window.scrollTo({ top: at - rowPx * 3 });
      else if (at > scrollY + innerHeight - rowPx * 2)
        window.scrollTo({ top: at - innerHeight + rowPx * 3 });
    },
  };
}
