/**
 * A screen that is loaded when it is wanted, once the server is there. When the server is there and the screen is not,
 * a new version is served: then the page has to be loaded again.
 */
import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { sleep } from '../../../src/base/wait.ts';
import type { Client } from '../../../src/client/index.ts';
import { useApi } from '../api/api.tsx';
import { isRetryable } from '../api/failure.ts';
import { useWords } from '../words/words.tsx';
import { Button } from './button.tsx';

type Module<Props> = { readonly default: ComponentType<Props> };

/** A server that is away is looked for so often, and may take so long to answer. */
const LOOK_EVERY_MS = 2_000;
const LOOK_TIMEOUT_MS = 3_000;

/** A component that loads its own code. */
export function lazyScreen<Props extends object>(
  load: () => Promise<Module<Props>>,
): (props: Props) => JSX.Element | null {
  let loaded: ComponentType<Props> | undefined;
  return (props) => {
    const words = useWords().shell;
    const { client } = useApi();
    const [Loaded, setLoaded] = useState<ComponentType<Props> | undefined>(() => loaded);
    const [isStale, setIsStale] = useState(false);
    useEffect(() => {
      if (loaded) return;
      const leaving = new AbortController();
      const { signal } = leaving;
      const begin = async (): Promise<void> => {
        loaded = (await load()).default;
        if (!signal.aborted) setLoaded(() => loaded);
      };
      const beginAgain = async (): Promise<void> => {
        const hasWaited = await untilServerIsThere(client, signal);
        if (signal.aborted) return;
        if (!hasWaited) return setIsStale(true);
        // Many browsers remember while a page lives that a part of it could not be loaded, and do not ask again.
        await begin().catch(() => location.reload());
      };
      begin().catch(beginAgain);
      return () => leaving.abort();
    }, []);
    if (Loaded) return <Loaded {...props} />;
    if (!isStale) return <p class="empty">{words.loading}</p>;
    return (
      <div class="problem" role="alert">
        <p>{words.stale}</p>
        <Button onClick={() => location.reload()}>{words.reload}</Button>
      </div>
    );
  };
}

/** Whether that took any time. */
async function untilServerIsThere(client: Client, signal: AbortSignal): Promise<boolean> {
  let hasWaited = false;
  while (!signal.aborted && !(await isServerThere(client))) {
    hasWaited = true;
    await sleep(LOOK_EVERY_MS, { signal });
  }
  return hasWaited;
}

/** An answer of any kind will do, but for those of a gateway that has nobody behind it. */
async function isServerThere(client: Client): Promise<boolean> {
  try {
    await client.call('health.redis', {}, { timeoutMs: LOOK_TIMEOUT_MS });
    return true;
  } catch (error) {
    return !isRetryable(error);
  }
}
