/**
 * The server, for all that is below: one client, one cache of answers, one live stream.
 */
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/preact-query';
import { type ComponentChildren, createContext, type JSX } from 'preact';
import { useContext } from 'preact/hooks';
import { createDeferred } from '../../../src/base/deferred.ts';
import { type Client, createClient } from '../../../src/client/index.ts';
import { messageOf } from '../../../src/errors.ts';
import { LiveStore } from '../live/live-store.ts';
import { isRetryable, isSignedOut } from './failure.ts';

/** What screens ask. */
export interface Api {
  readonly client: Client;
  readonly live: LiveStore;
  readonly queries: QueryClient;
  /** The server has said who looks, and what there is to see. It never rejects. */
  readonly begun: Promise<unknown>;
  /** The server has refused who asks, in these words. It never rejects; nothing is asked after it. */
  readonly signedOut: Promise<string>;
  /** Ends the stream. */
  readonly close: () => void;
}

const ApiContext = createContext<Api | null>(null);

/** The server. Throws outside of `ApiProvider`. */
export function useApi(): Api {
  const api = useContext(ApiContext);
  if (!api) throw new Error('useApi is for what is inside of ApiProvider');
  return api;
}

/** Times that a read is tried again before its failure is shown. */
const TRIES = 2;

/**
 * Opens the stream, and asks who looks, before anything is drawn: the answers are on their way meanwhile.
 *
 * @param token of this tab; null: the server knows who asks by other means
 */
export function openApi(token: string | null): Api {
  const client = createClient({ url: document.baseURI, ...(token && { token }) });
  const { promise: signedOut, resolve: signOut } = createDeferred<string>();
  const queries = new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (isSignedOut(error)) signOut(messageOf(error));
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 1_000,
        retry: (failures, error) => failures < TRIES && isRetryable(error),
        refetchOnWindowFocus: true,
      },
    },
  });
  const asked = queries.prefetchQuery({
    queryKey: ['access.me', {}],
    queryFn: ({ signal }) => client.call('access.me', {}, { signal }),
  });
  const live = new LiveStore(client, signOut);
  const close = live.open();
  // Each refusal counts as a wrong login: what is on its way is enough.
  void signedOut.then(() => {
    close();
    return queries.cancelQueries();
  });
  const heard = new Promise<void>((resolve) => {
    const stop = live.subscribe(() => {
      if (live.state.heardAt === null) return;
      stop();
      resolve();
    });
  });
  return { client, queries, live, begun: Promise.all([asked, heard]), signedOut, close };
}

/** Makes it known. */
export function ApiProvider(props: {
  readonly api: Api;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { api, children } = props;
  return (
    <ApiContext.Provider value={api}>
      <QueryClientProvider client={api.queries}>{children}</QueryClientProvider>
    </ApiContext.Provider>
  );
}
