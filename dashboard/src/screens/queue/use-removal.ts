/**
 * Deletes many jobs step by step: the server works on a part of them, answers, and is asked for the next one.
 */
import { useQueryClient } from '@tanstack/preact-query';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Removed } from '../../../../src/operations/views.ts';
import { useToast } from '../../shell/toasts.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

/** A removal that goes on as long as whoever uses this is on the page. */
export interface Removal {
  /** How many are gone; null before it has begun. */
  readonly soFar: number | null;
  /** Takes steps until nothing is left, or nobody looks any more. Rejects with the failure of a step. */
  readonly run: (step: () => Promise<Removed>) => Promise<void>;
}

/**
 * A removal.
 *
 * @param whenAllIsGone called instead of having everything asked again, while somebody looks: what is shown may not be
 * there any more
 */
export function useRemoval(whenAllIsGone?: () => void): Removal {
  const words = useWords().queue.cleanUp;
  const { number } = useFormats();
  const toast = useToast();
  const queries = useQueryClient();
  const isLeft = useRef(false);
  const [soFar, setSoFar] = useState<number | null>(null);
  useEffect(
    () => () => {
      isLeft.current = true;
    },
    [],
  );
  const run = async (step: () => Promise<Removed>): Promise<void> => {
    let total = 0;
    let isMore = true;
    setSoFar(0);
    try {
      while (isMore && !isLeft.current) {
        const { removed, hasMore } = await step();
        total += removed;
        isMore = hasMore;
        setSoFar(total);
        if (removed === 0) break; // Nothing that is left can go now.
      }
      toast((isMore ? words.stopped : words.done)(number(total)), 'good');
    } catch (error) {
      // The dialog that would show it is closed.
      if (isLeft.current) toast((error as Error).message, 'bad');
      throw error;
    } finally {
      if (whenAllIsGone && !isMore && !isLeft.current) whenAllIsGone();
      else void queries.invalidateQueries();
    }
  };
  return { soFar, run };
}
