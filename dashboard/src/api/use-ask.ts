/**
 * Asks the server for something and keeps it fresh: on the beat of the live stream, never by a clock of its own while
 * the stream can tell that nothing has changed.
 */
import {
  keepPreviousData,
  type UseQueryResult,
  useQuery,
  useQueryClient,
} from '@tanstack/preact-query';
import { useEffect } from 'preact/hooks';
import type { ActionName, InputOf, OutputOf } from '../../../src/operations/views.ts';
import { useLive } from '../live/use-live.ts';
import { useApi } from './api.tsx';

/** How an answer is kept fresh. */
export interface AskOptions<Output = unknown> {
  /** Label of a queue: asked again when its row of the overview changes. `'*'`: when any row does. */
  readonly follows?: string | undefined;
  /** Asked again after so many ms, for what no row tells; not in hidden tabs. It may depend on the last answer. */
  readonly everyMs?: number | ((last: Output | undefined) => number | undefined) | undefined;
  /** Not asked while false. @default true */
  readonly enabled?: boolean | undefined;
  /** How long an answer may take, for what counts a lot. @default 30 s */
  readonly patienceMs?: number | undefined;
  /** Shows the last answer while another one is awaited. @default false */
  readonly keepsLast?: boolean | undefined;
}

/** Not asked more often than this, however much changes. */
const LEAST_PAUSE_MS = 2_000;

/** The answer to an action that reads. */
export function useAsk<Name extends ActionName>(
  name: Name,
  input: InputOf<Name>,
  {
    follows,
    everyMs,
    enabled = true,
    keepsLast = false,
    patienceMs,
  }: AskOptions<OutputOf<Name>> = {},
): UseQueryResult<OutputOf<Name>> {
  const { client, live } = useApi();
  const queries = useQueryClient();
  const key = [name, input] as const;
  const keyText = JSON.stringify(key);
  useLive(({ isHeld }) => everyMs !== undefined && isHeld); // Begins again when it is let go.
  useEffect(() => {
    if (!enabled || follows === undefined) return;
    return live.onChange(follows, LEAST_PAUSE_MS, () => {
      void queries.invalidateQueries({ queryKey: key, exact: true });
    });
  }, [enabled, follows, keyText, live, queries]);
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      client.call(name, input, { signal, ...(patienceMs && { timeoutMs: patienceMs }) }),
    enabled,
    ...(everyMs !== undefined && {
      refetchInterval: ({ state }: { state: { data: unknown } }) =>
        !live.isHeld &&
        ((typeof everyMs === 'number' ? everyMs : everyMs(state.data as OutputOf<Name>)) ?? false),
    }),
    ...(keepsLast && { placeholderData: keepPreviousData }),
  }) as UseQueryResult<OutputOf<Name>>;
}
