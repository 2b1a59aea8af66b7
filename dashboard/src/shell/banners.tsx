/**
 * What is true of everything on the page: Redis or the server is away and since when, nothing can be changed, or what is
 * shown is held.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useMe } from '../api/me.tsx';
import { readSettings } from '../api/settings.ts';
import { isAway } from '../live/live-store.ts';
import { useLive } from '../live/use-live.ts';
import { useFormats, useWords } from '../words/words.tsx';

/** All that apply. */
export function Banners(): JSX.Element {
  const words = useWords().shell;
  const { time } = useFormats();
  const me = useMe();
  const phase = useLive(({ state }) => state.phase);
  const redis = useLive(({ state }) => state.redis);
  const takenAt = useLive(({ state }) => (isAway(state) ? state.takenAt : null));
  const problem = useLive(({ state }) => state.problem);
  const isIncomplete = useLive(({ state }) => state.takenAt !== null && !state.isComplete);
  const isHeld = useLive(({ isHeld }) => isHeld);
  const isLost = phase === 'lost';
  return (
    <div role="status" aria-live="polite">
      {isLost && (
        <Banner tone="bad">
          {takenAt === null ? words.serverNever : words.serverAway(time(takenAt))}
        </Banner>
      )}
      {!isLost && redis === 'unhealthy' && (
        <Banner tone="bad">
          {takenAt === null ? words.redisNever : words.redisAway(time(takenAt))}
        </Banner>
      )}
      {!isLost && redis === 'disabled' && <Banner tone="warn">{words.redisOff}</Banner>}
      {!isLost && redis === 'healthy' && problem !== null && (
        <Banner tone="warn">{words.problem(problem)}</Banner>
      )}
      {redis === 'healthy' && isIncomplete && <Banner>{words.incomplete}</Banner>}
      {(me.isReadOnly || readSettings().isReadOnly) && <Banner>{words.readOnly}</Banner>}
      {isHeld && <Banner>{words.held}</Banner>}
    </div>
  );
}

function Banner(props: {
  readonly tone?: 'warn' | 'bad';
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="banner" data-tone={props.tone}>
      {props.children}
    </div>
  );
}
