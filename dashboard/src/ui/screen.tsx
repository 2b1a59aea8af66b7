/**
 * The frame of a screen: its heading, the title of the tab, what may be done, and whether its data is there.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { useWords } from '../words/words.tsx';
import { Problem } from './problem.tsx';

interface ScreenProps {
  readonly title: string;
  /** Beside the title: a badge. */
  readonly mark?: ComponentChildren;
  /** Above the title: where this is. */
  readonly crumbs?: ComponentChildren;
  /** At the right: what may be done. */
  readonly actions?: ComponentChildren;
  /** Whether the data is there; until then nothing else is shown. @default true */
  readonly isReady?: boolean;
  /** Why it is not; null: it is, or is on its way. */
  readonly error?: unknown;
  readonly onRetry?: () => void;
  readonly children: ComponentChildren;
}

/** A screen. */
export function Screen(props: ScreenProps): JSX.Element {
  const { title, mark, crumbs, actions, isReady = true, error = null, onRetry, children } = props;
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
        {actions && <div class="actions">{actions}</div>}
      </div>
      {isReady ? (
        children
      ) : error ? (
        <Problem error={error} {...(onRetry && { onRetry })} />
      ) : (
        <p class="empty" role="status">
          {words.loading}
        </p>
      )}
    </>
  );
}
