/**
 * Rows that stay where they are while new answers come in: what changed is shown in place, and what is new waits until
 * whoever looks asks for it.
 */
import { useRef, useState } from 'preact/hooks';

/** Rows in the order in which they were first shown. */
export interface SteadyRows<Row> {
  readonly rows: readonly Row[];
  /** How many wait. */
  readonly fresh: number;
  /** Shows them, and all in their order of now. */
  readonly show: () => void;
}

/** @param of what the rows are of, such as a filter: a different one begins anew */
export function useSteadyRows<Row>(
  latest: readonly Row[] | undefined,
  keyOf: (row: Row) => string,
  of: string,
): SteadyRows<Row> {
  const order = useRef<{ of: string; keys: readonly string[] } | null>(null);
  const [, redraw] = useState({});
  if (!latest) return { rows: [], fresh: 0, show: () => {} };
  const byKey = new Map(latest.map((row) => [keyOf(row), row]));
  const isNew = order.current?.of !== of;
  const kept = isNew ? [] : order.current!.keys.filter((key) => byKey.has(key));
  // Where nothing is left to stay where it is, nothing has to wait.
  const keys = kept.length === 0 ? [...byKey.keys()] : kept;
  order.current = { of, keys };
  return {
    rows: keys.map((key) => byKey.get(key)!),
    fresh: byKey.size - keys.length,
    show: () => {
      order.current = null;
      redraw({});
    },
  };
}
