/**
 * Serves the HTTP face of a coordinator for `drover serve`.
 */
import type { AccessOptions } from '../access/access-options.ts';
import type { ListenHttp, ServeOptions } from '../cli/serve.ts';
import { listen } from '../http/listen.ts';

/** Resolves when it listens; rejects with Node's own error when it cannot. */
export const listenHttp: ListenHttp = (coordinator, options) => {
  const { host, port, basePath, readOnly, environment } = options;
  const access = accessOf(options);
  return listen(coordinator, {
    ...{ host, port, basePath, readOnly },
    ...(access && { access }),
    ...(environment && { dashboard: { environment } }),
  });
};

/** Whoever may see some queues only may do what is about these, and nothing that is about all. */
const ON_SOME_QUEUES = [
  ...(['operator', 'data.read', 'queues.empty', 'queues.obliterate'] as const),
  'dead-letters.discard',
] as const;

function accessOf({ login, queues }: ServeOptions): AccessOptions | undefined {
  if (login === null) return undefined;
  if (login.kind === 'token') return { tokens: true };
  const { user, password } = login;
  return { basic: [{ user, password, may: queues ? [{ may: ON_SOME_QUEUES, queues }] : 'admin' }] };
}
