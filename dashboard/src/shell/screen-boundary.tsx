/**
 * Around the screen: when one breaks the frame stays, and says so.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useErrorBoundary } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { Button } from '../ui/button.tsx';
import { useWords } from '../words/words.tsx';

/** The screen, or that it has broken. Another address begins anew. */
export function ScreenBoundary(props: { readonly children: ComponentChildren }): JSX.Element {
  const words = useWords().shell;
  const [location] = useLocation();
  const [error, reset] = useErrorBoundary((fault) => console.error(fault));
  useEffect(reset, [location]);
  if (error === undefined) return <>{props.children}</>;
  return (
    <div class="problem" role="alert">
      <p>{words.broken}</p>
      <Button onClick={reset}>{words.retry}</Button>
    </div>
  );
}
