/**
 * The row that keys act on. A page with several tables has one such row: from the last row of a table j goes on to the
 * first one of the next table.
 */
import type { RefObject } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';

/** Where the keys are in a table. */
export interface RowCursor {
  /** Index of the current row; -1: it is in another table, or nowhere. */
  readonly at: number;
  readonly set: (key: string) => void;
}

interface RowCursorOptions {
  readonly box: RefObject<HTMLElement>;
  /** Of all rows, in their order. */
  readonly keys: readonly string[];
  readonly scrollTo: (index: number) => void;
}

interface Table {
  readonly box: () => HTMLElement | null;
  readonly count: () => number;
  /** Where it was last, though that row may be gone; -1: nowhere yet. */
  readonly lastAt: () => number;
  readonly goTo: (index: number) => void;
  readonly set: (key: string) => void;
  readonly leave: () => void;
}

/** Those of the page. */
const tables = new Set<Table>();
let current: Table | undefined;

/** The cursor of one table. */
export function useRowCursor(options: RowCursorOptions): RowCursor {
  const { keys } = options;
  const [key, setKey] = useState<string | null>(null);
  // By its key: when rows are sorted anew it is the same row, elsewhere.
  const at = useMemo(() => (key === null ? -1 : keys.indexOf(key)), [keys, key]);
  const lastAt = useRef(-1);
  if (at >= 0) lastAt.current = at;
  const latest = useRef(options);
  latest.current = options;
  const table = useMemo((): Table => {
    const own: Table = {
      box: () => latest.current.box.current,
      count: () => latest.current.keys.length,
      lastAt: () => lastAt.current,
      goTo: (index) => {
        lastAt.current = index; // The next key may come before this is drawn.
        own.set(latest.current.keys[index]!);
        latest.current.scrollTo(index);
      },
      set: (next) => {
        if (current !== own) current?.leave();
        current = own;
        setKey(next);
      },
      leave: () => {
        lastAt.current = -1;
        setKey(null);
      },
    };
    return own;
  }, []);
  useLayoutEffect(() => {
    tables.add(table);
    return () => {
      tables.delete(table);
      if (current === table) current = undefined;
    };
  }, [table]);
  return { at, set: table.set };
}

/** Moves to the next row, or with -1 back, in whichever table that is. */
export function moveRow(by: 1 | -1): void {
  const inOrder = [...tables].filter((each) => each.count() > 0).sort(byPlace);
  const here = current ? inOrder.indexOf(current) : -1;
  const table = inOrder[Math.max(0, here)];
  if (!table) return;
  const next = table.lastAt() + by;
  const isBeyond = next < 0 || next >= table.count();
  const neighbour = here >= 0 && isBeyond ? inOrder[here + by] : undefined;
  if (neighbour) neighbour.goTo(by > 0 ? 0 : neighbour.count() - 1);
  else table.goTo(Math.min(table.count() - 1, Math.max(0, next)));
}

function byPlace(a: Table, b: Table): number {
  const place = a.box()?.compareDocumentPosition(b.box()!) ?? 0;
  return place & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
}
