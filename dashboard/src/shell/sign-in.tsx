/**
 * Signing in: with an API token, kept in this tab, or by the browser's own question for name and password.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { keepToken } from '../api/session.ts';
import { readSettings } from '../api/settings.ts';
import { Button } from '../ui/button.tsx';
import { useWords } from '../words/words.tsx';

/** The page of whoever is nobody yet. */
export function SignIn(props: {
  /** What the server said. */
  readonly reason: string;
  /** Whether a token was tried, and refused. */
  readonly hasTried: boolean;
  readonly onToken: (token: string) => void;
}): JSX.Element {
  const words = useWords().shell.signIn;
  const { signIn } = readSettings();
  const [token, setToken] = useState('');
  return (
    <main
      id="main"
      class="main"
      data-ready="true"
      style={{ maxWidth: '460px', margin: '10vh auto' }}
    >
      <div class="card stack">
        <h1>{words.title}</h1>
        <p>{props.reason}</p>
        {signIn.includes('password') && (
          <a class="button" data-tone="primary" href="./sign-in">
            {words.withPassword}
          </a>
        )}
        {signIn.includes('token') && (
          <form
            class="stack"
            onSubmit={(event) => {
              event.preventDefault();
              keepToken(token.trim());
              props.onToken(token.trim());
            }}
          >
            <label class="field">
              {words.token}
              <input
                type="password"
                autocomplete="off"
                spellcheck={false}
                required
                value={token}
                onInput={(event) => setToken(event.currentTarget.value)}
              />
              <span class="hint">{words.tokenHint}</span>
              {props.hasTried && <span class="wrong">{words.wrong}</span>}
            </label>
            <Button type="submit" tone={signIn.includes('password') ? undefined : 'primary'}>
              {words.withToken}
            </Button>
          </form>
        )}
        {signIn.length === 0 && <p class="muted">{words.elsewhere}</p>}
      </div>
    </main>
  );
}
