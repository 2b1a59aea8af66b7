/**
 * The HTTP face: one fetch handler over `coordinator.operations`.
 *
 * It decides nothing: each route asks one operation and maps the answer to a status. Health and metrics come
 * from memory, so they are as quick with Redis down as with Redis up.
 */
import { type Context, Hono } from 'hono';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError, type ErrorCode } from '../errors.ts';
import type { RedisHealthView } from '../operations/views.ts';

/** One fetch handler: mounts in anything that knows fetch, and by the adapters in everything else. */
export interface HttpFace {
  /** Needs no `this`: `serve({ fetch: http(coordinator).fetch })`. */
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** Whether a path is answered here: all below `basePath`, and without one only the routes. */
  readonly owns: (path: string) => boolean;
}

/** What a route answers: an object as JSON, or a text with its type. */
type Reply =
  | { readonly status: 200 | 503; readonly body: object }
  | { readonly status: 200; readonly text: string; readonly type: string };

/** One route, for the reference pages and for routing. */
interface Route {
  readonly path: string;
  readonly answers: string;
  /** @param queue the label of the queue that the path names; '' when it names none */
  readonly answer: (coordinator: Coordinator, queue: string) => Reply | Promise<Reply>;
}

const byRedis = (health: Pick<RedisHealthView, 'status'>): 200 | 503 =>
  health.status === 'unhealthy' ? 503 : 200;

/** Every route, with what it answers. */
export const ROUTES: readonly Route[] = [
  {
    path: '/health/redis',
    answers:
      'How Redis is and since when, what it last said of itself, and warnings: 200 when healthy or disabled, 503 when unhealthy.',
    answer({ operations }) {
      const body = operations.health.redis();
      return { status: byRedis(body), body };
    },
  },
  {
    path: '/health/live',
    answers: 'Whether the process answers at all: always 200.',
    answer: ({ operations }) => ({ status: 200, body: operations.health.live() }),
  },
  {
    path: '/health/ready',
    answers: 'Whether the process does its work on every one of its queues: 200 or 503.',
    answer({ operations }) {
      const body = operations.health.ready();
      return { status: body.status === 'ready' ? 200 : 503, body };
    },
  },
  {
    path: '/api/v1/queue/health',
    answers:
      'The last statistics and the health of all queues, with their age: 200 when Redis is healthy or disabled, 503 when not.',
    answer({ operations }) {
      const body = operations.health.queues();
      return { status: byRedis(body), body };
    },
  },
  {
    path: '/api/v1/queues/:queue/scale',
    answers:
      'How many slots the pool of a queue should have in the fleet, for a scaler outside: `{ "value": 7 }`. The last one known while Redis is away; 503 when none is known, never 0 then; 404 for a queue without a pool.',
    async answer({ operations }, queue) {
      return { status: 200, body: await operations.pools.scale(queue) };
    },
  },
  {
    path: '/api/v1/queues/:queue/memory',
    answers:
      'What a queue takes of the memory of Redis, by what takes it, and what its payload policies save: an estimate from samples of the last minute, with its error. Sizes and counts only. What is not known is null, never 0; 404 for a queue that is not there; 503 while Redis is away.',
    async answer({ operations }, queue) {
      return { status: 200, body: await operations.memory.get(queue) };
    },
  },
  {
    path: '/metrics',
    answers:
      'The metrics of this process in the text format of Prometheus, not JSON: always 200. Holds names of queues and of jobs, counts and times; no data, ids or errors of jobs.',
    async answer({ operations }) {
      const text = await operations.metrics.exposition();
      return { status: 200, text, type: 'text/plain; version=0.0.4; charset=utf-8' };
    },
  },
];

/**
 * The HTTP face of a coordinator.
 *
 * @param options.basePath where it is mounted, when the host does not strip that; @default ''
 */
export function http(coordinator: Coordinator, options: { basePath?: string } = {}): HttpFace {
  const base = normalised(options.basePath ?? '');
  const app = new Hono().basePath(base);
  for (const { path, answer } of ROUTES) {
    app.get(path, async (context) => {
      const reply = await answer(coordinator, context.req.param('queue') ?? '');
      context.header('Cache-Control', 'no-store');
      if ('body' in reply) return context.json(reply.body, reply.status);
      return context.body(reply.text, reply.status, { 'Content-Type': reply.type });
    });
    app.all(path, (context) => {
      context.header('Allow', 'GET, HEAD');
      return problem(context, 405, 'Method not allowed', `${path} can only be read`);
    });
  }
  app.onError((error, context) => {
    const status = error instanceof CoordinatorError ? STATUSES[error.code] : undefined;
    if (!status) throw error;
    return problem(context, status, TITLES[status], error.message);
  });
  app.notFound((context) =>
    problem(context, 404, 'Not found', `There is nothing at ${context.req.path}`),
  );
  return {
    fetch: (request) => app.fetch(request),
    owns: (path) =>
      base === ''
        ? OWNED.some((owned) => owned.test(path))
        : path === base || path.startsWith(`${base}/`),
  };
}

/** Paths of the routes: a part that begins with a colon stands for any text without a slash. */
const OWNED: readonly RegExp[] = ROUTES.map(
  ({ path }) => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`),
);

/** What an operation's error is to a client; anything else is a fault of ours. */
const STATUSES: Partial<Record<ErrorCode, 404 | 503>> = {
  NOT_FOUND: 404,
  POOL_UNKNOWN: 404,
  POOL_UNDECIDED: 503,
  QUEUE_UNAVAILABLE: 503,
  CONNECTION_LOST: 503,
  OUTCOME_UNKNOWN: 503,
  STOPPED: 503,
};
const TITLES = { 404: 'Not found', 503: 'Not available' } as const;

/** `ops/` → `/ops`, `/` → the empty path. */
function normalised(basePath: string): string {
  const trimmed = basePath.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? '' : `/${trimmed}`;
}

function problem(
  context: Context,
  status: 404 | 405 | 503,
  title: string,
  detail: string,
): Response {
  return context.json({ title, status, detail }, status, {
    'Content-Type': 'application/problem+json',
  });
}
