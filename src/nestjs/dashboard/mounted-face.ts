/**
 * The HTTP face of a coordinator inside the HTTP server of a Nest application, Express or Fastify.
 *
 * Nest closes its HTTP server before it tells providers of the shutdown, and a server waits for its answers. So the
 * streams are ended before that, and answers whose reader takes nothing are broken off.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessOptions } from '../../access/access-options.ts';
import { withDeadline } from '../../base/wait.ts';
import type { Coordinator } from '../../coordinator.ts';
import { toExpress } from '../../http/adapters.ts';
import { type HttpFace, http } from '../../http/http.ts';
import { checkDashboardOptions, type DashboardOptions, pathOf } from './dashboard-options.ts';

/** Longest that an ended stream may take to be read. */
const READING_MS = 1_000;

/** One face at one path. */
export class MountedFace {
  readonly path: string;
  readonly #face: HttpFace;
  readonly #handle: ReturnType<typeof toExpress>;
  /** Requests → what Node made of them. */
  readonly #incoming = new WeakMap<Request, IncomingMessage>();
  readonly #answers = new Set<ServerResponse>();

  /** Throws CONFIG_INVALID. */
  constructor(coordinator: Coordinator, options: DashboardOptions) {
    checkDashboardOptions(options);
    const { path: _path, authorize: _authorize, access: _access, ...rest } = options;
    this.path = pathOf(options);
    const access = this.#accessOf(options);
    const face = http(coordinator, { ...rest, basePath: this.path, ...(access && { access }) });
    this.#face = face;
    this.#handle = toExpress({
      ...face,
      fetch: (request, host) => {
        this.#incoming.set(request, (host as { incoming: IncomingMessage }).incoming);
        return face.fetch(request, host);
      },
    });
  }

  /** Whether others than this machine can say who they are. */
  get isGuarded(): boolean {
    return this.#face.isGuarded;
  }

  /** For `httpAdapter.use(path, handle)`. What is not for the face goes on to the application. */
  readonly handle = (
    request: IncomingMessage,
    response: ServerResponse,
    next: () => void,
  ): unknown => {
    let isForOthers = false;
    const answered = this.#handle(request, response, () => {
      isForOthers = true;
      next();
    });
    if (!isForOthers && !response.closed) {
      this.#answers.add(response);
      response.once('close', () => this.#answers.delete(response));
    }
    return answered;
  };

  /** Ends the streams, and lets none begin; other requests are still answered. */
  endStreams(): void {
    this.#face.close();
  }

  /** Resolves when no answer is half sent any more: soon, whatever its reader does. */
  async sent(): Promise<void> {
    const closed = [...this.#answers].map(
      (answer) => new Promise<void>((resolve) => answer.once('close', resolve)),
    );
    await withDeadline(Promise.all(closed), READING_MS);
    // Those that have not begun wait for Redis, and not for long.
    for (const answer of this.#answers) if (answer.headersSent) answer.destroy();
  }

  #accessOf({ authorize, access }: DashboardOptions): AccessOptions | undefined {
    if (!authorize) return access;
    return {
      // Each request comes through `fetch` above.
      authorize: (request) => authorize(request, this.#incoming.get(request)!),
    };
  }
}
