/**
 * The time on the server, once a second for all who show an age. It stands still in hidden tabs.
 */
import { useEffect, useState } from 'preact/hooks';
import { useApi } from '../api/api.tsx';

const TICK_MS = 1_000;
type Listener = () => void;
const listeners = new Set<Listener>();
let timer: ReturnType<typeof setInterval> | undefined;

function onTick(listener: Listener): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    if (!document.hidden) for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** What `make` makes of the time; drawn again only when that is different. `now` is epoch ms on the server. */
export function useNow(make: (now: number) => string): string {
  const { live } = useApi();
  const now = (): number => Date.now() + live.state.clockAhead;
  const [, setText] = useState('');
  useEffect(() => onTick(() => setText(make(now()))), [make]);
  return make(now());
}
