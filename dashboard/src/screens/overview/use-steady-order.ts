/**
 * Keeps rows where they are while somebody points at them: figures go on changing, and places do not.
 */
import { useRef, useState } from 'preact/hooks';

/** What a table's surroundings need. */
export interface SteadyOrder<T> {
  readonly shown: T;
  readonly watch: {
    readonly onPointerEnter: () => void;
    readonly onPointerLeave: () => void;
  };
}

/**
 * The last arrangement from before the pointer came, with what is in it brought up to date by `refresh`.
 *
 * @param wanted how it would be arranged now
 * @param wish what was asked for: when that changes, so does the order
 */
export function useSteadyOrder<T>(
  wanted: T,
  wish: string,
  refresh: (kept: T) => T,
): SteadyOrder<T> {
  const [isPointedAt, setIsPointedAt] = useState(false);
  const kept = useRef({ wish, order: wanted });
  if (!isPointedAt || kept.current.wish !== wish) kept.current = { wish, order: wanted };
  return {
    shown: isPointedAt ? refresh(kept.current.order) : wanted,
    watch: {
      onPointerEnter: () => setIsPointedAt(true),
      onPointerLeave: () => setIsPointedAt(false),
    },
  };
}
