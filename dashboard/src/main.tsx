/**
 * Where the dashboard begins: who looks is asked first, then the frame and the screen of the address are drawn.
 */
import './style/tokens.css';
import './style/base.css';
import './style/layout.css';
import './style/parts.css';
import { type JSX, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Router } from 'wouter-preact';
import { ApiProvider, openApi, useApi } from './api/api.tsx';
import { MeProvider } from './api/me.tsx';
import { keepToken, keptToken } from './api/session.ts';
import { mountPath } from './api/settings.ts';
import { useAsk } from './api/use-ask.ts';
import { App } from './app.tsx';
import { CommandsProvider } from './shell/commands.tsx';
import { Layout } from './shell/layout.tsx';
import { SignIn } from './shell/sign-in.tsx';
import { keptTheme, showTheme } from './shell/theme.ts';
import { ToastProvider } from './shell/toasts.tsx';
import { Problem } from './ui/problem.tsx';
import { useWords, WordsProvider } from './words/words.tsx';

const first = openApi(keptToken());

function Dashboard(): JSX.Element {
  const [{ api, token }, setSession] = useState({ api: first, token: keptToken() });
  const [refusal, setRefusal] = useState<string | null>(null);
  useEffect(() => {
    let isCurrent = true;
    void api.signedOut.then((reason) => {
      if (!isCurrent) return;
      keepToken(null);
      setRefusal(reason);
    });
    return () => {
      isCurrent = false;
    };
  }, [api]);
  const signIn = (next: string): void => {
    api.close();
    setSession({ api: openApi(next), token: next });
    setRefusal(null);
  };
  return (
    <WordsProvider>
      {refusal === null ? (
        <ApiProvider key={token} api={api}>
          <Admitted />
        </ApiProvider>
      ) : (
        <SignIn reason={refusal} hasTried={token !== null} onToken={signIn} />
      )}
    </WordsProvider>
  );
}

/** A server that answers sooner spares people the sight of a page that only says that it loads, and is drawn once. */
const HEAD_START_MS = 300;

function useHasBegun(): boolean {
  const { begun } = useApi();
  const [hasBegun, setHasBegun] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setHasBegun(true), HEAD_START_MS);
    void begun.then(() => setHasBegun(true));
    return () => clearTimeout(timer);
  }, [begun]);
  return hasBegun;
}

/** Asked again each minute: rights may change. */
const WHO_EVERY_MS = 60_000;

function Admitted(): JSX.Element | null {
  const words = useWords().shell;
  const hasBegun = useHasBegun();
  const { data: me, error, refetch } = useAsk('access.me', {}, { everyMs: WHO_EVERY_MS });
  if (!hasBegun) return null;
  if (!me)
    return (
      <main id="main" class="main">
        {error ? (
          <Problem error={error} onRetry={() => void refetch()} />
        ) : (
          <p class="empty">{words.loading}</p>
        )}
      </main>
    );
  return (
    <MeProvider me={me}>
      <CommandsProvider>
        <ToastProvider>
          <Router base={mountPath()}>
            <Layout>
              <App />
            </Layout>
          </Router>
        </ToastProvider>
      </CommandsProvider>
    </MeProvider>
  );
}

showTheme(keptTheme());
// After what is asked first has been sent, which takes the client some microtasks.
setTimeout(() => render(<Dashboard />, document.getElementById('app')!));
