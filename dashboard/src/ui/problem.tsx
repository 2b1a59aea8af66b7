/**
 * What went wrong, in the server's words, with a way to try again.
 */
import type { JSX } from 'preact';
import { codeOf } from '../api/failure.ts';
import { useWords } from '../words/words.tsx';
import { Button } from './button.tsx';

/** A failure. */
export function Problem(props: {
  readonly error: unknown;
  readonly onRetry?: () => void;
}): JSX.Element {
  const words = useWords().shell;
  const code = codeOf(props.error);
  return (
    <div class="problem" role="alert">
      <strong>{words.failed}</strong>
      {code && <span class="muted small mono"> {code}</span>}
      <p>{props.error instanceof Error ? props.error.message : String(props.error)}</p>
      {props.onRetry && (
        <Button size="small" onClick={props.onRetry}>
          {words.retry}
        </Button>
      )}
    </div>
  );
}
