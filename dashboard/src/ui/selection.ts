/**
 * Which rows are selected, and how Shift extends that from the last one. While any are, nothing new is shown.
 */
import { useMemo, useRef, useState } from 'preact/hooks';
import { useHold } from '../live/use-live.ts';

/** Selected rows, by key. */
export interface Selection {
  readonly keys: ReadonlySet<string>;
  has(key: string): boolean;
  /** @param all the keys in their order; with `isRange` all from the last one that was toggled on become the same */
  toggle(key: string, all: readonly string[], isRange: boolean): void;
  add(keys: readonly string[]): void;
  clear(): void;
}

/** A selection; a new object whenever it has changed. */
export function useSelection(): Selection {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<string | null>(null);
  useHold(keys.size > 0);
  return useMemo(
    () => ({
      keys,
      has: (key) => keys.has(key),
      toggle: (key, all, isRange) => {
        const next = new Set(keys);
        const isOn = !keys.has(key);
        const [from, to] = [all.indexOf(last.current ?? ''), all.indexOf(key)];
        const range =
          isRange && from >= 0 ? all.slice(Math.min(from, to), Math.max(from, to) + 1) : [key];
        for (const each of range) isOn ? next.add(each) : next.delete(each);
        last.current = key;
        setKeys(next);
      },
      add: (more) => setKeys(new Set([...keys, ...more])),
      clear: () => setKeys(new Set()),
    }),
    [keys],
  );
}
