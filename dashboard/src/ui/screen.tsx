/**
 * The frame of a screen: its heading, the title of the tab, what may be done, and whether its data is there.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { codeOf, isRetryable } from '../api/failure.ts';
import { useWords } from '../words/words.tsx';
import { Problem } from './problem.tsx';

interface ScreenProps {
  readonly title: string;
  /** Beside the title: a badge. */
  readonly mark?: ComponentChildren;
  /** Above the title: where this is. */
  readonly crumbs?: ComponentChildren;
  /** At the right: what may be done. Not shown when what was there is gone. */
  readonly actions?: ComponentChildren;
  /** Whether the data is there; until then nothing else is shown. @default true */
  readonly isReady?: boolean;
  /** Why it is not, or could not be asked for again; null: it is, or is on its way. */
  readonly error?: unknown;
  /** Whether the screen itself says what is wrong once the data is there. @default false */
  readonly tellsErrors?: boolean;
  readonly onRetry?: () => void;
  readonly children: ComponentChildren;
}

/** What was asked for is there no longer. */
const GONE: ReadonlySet<string | null> = new Set(['NOT_FOUND', 'POOL_UNKNOWN']);

/** A screen. */
export function Screen(props: ScreenProps): JSX.Element {
  const { title, mark, crumbs, actions, isReady = true, error = null, onRetry, children } = props;
  const isGone = isReady && GONE.has(codeOf(error));
  // What passes by itself, such as a server that is away, is told by the banners.
  const isTold = isReady && Boolean(error) && !isRetryable(error) && !props.tellsErrors;
  const problem = <Problem error={error} {...(onRetry && { onRetry })} />;
  const words = useWords().shell;
  useEffect(() => {
    document.title = `${title} · Drover`;
  }, [title]);
  useEffect(() => {
    const main = document.getElementById('main')!;
    if (isReady || error) main.dataset.ready = 'true';
    return () => {
      delete main.dataset.ready;
    };
  }, [isReady, Boolean(error)]);
  return (
    <>
      {crumbs && <div class="crumbs">{crumbs}</div>}
      <div class="screen-head">
        <h1>{title}</h1>
        {mark}
        {actions && !isGone && <div class="actions">{actions}</div>}
      </div>
      {isTold && problem}
      {isReady ? (
        children
      ) : error ? (
        problem
      ) : (
        <p class="empty" role="status">
          {words.loading}
        </p>
      )}
    </>
  );
}
