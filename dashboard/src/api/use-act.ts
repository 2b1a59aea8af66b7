/**
 * Does something at the server, says how it went, and has everything that is shown asked again.
 */
import { useQueryClient } from '@tanstack/preact-query';
import { useCallback } from 'preact/hooks';
import type { ActionName, InputOf, OutputOf } from '../../../src/operations/views.ts';
import { useToast } from '../shell/toasts.tsx';
import { useApi } from './api.tsx';

/** Does an action. Rejects with the server's error, which has been shown unless `isShownElsewhere`. */
export type Act = <Name extends ActionName>(
  name: Name,
  input: InputOf<Name>,
  options?: {
    /** Said when it is done; nothing when it is not given. */
    readonly done?: string | ((output: OutputOf<Name>) => string);
    /** The caller shows the failure itself. @default false */
    readonly isShownElsewhere?: boolean;
    /** How long the answer may take, for what counts a lot first. @default 30 s */
    readonly patienceMs?: number;
  },
) => Promise<OutputOf<Name>>;

/** Does actions. */
export function useAct(): Act {
  const { client } = useApi();
  const queries = useQueryClient();
  const toast = useToast();
  return useCallback(
    async (name, input, { done, isShownElsewhere = false, patienceMs } = {}) => {
      try {
        const output = await client.call(name, input, {
          ...(patienceMs && { timeoutMs: patienceMs }),
        });
        const words = typeof done === 'function' ? done(output) : done;
        if (words !== undefined) toast(words, 'good');
        return output;
      } catch (error) {
        if (!isShownElsewhere) toast((error as Error).message, 'bad');
        throw error;
      } finally {
        // In a moment: who leaves the screen of what is gone now has left it then.
        setTimeout(() => void queries.invalidateQueries());
      }
    },
    [client, queries, toast],
  );
}
