/**
 * Makes the answer of an action that was done: JSON, a text, lines or events, as the catalogue says.
 *
 * The source of a stream is asked for its first item before the status is sent, so that what it refuses is told as a
 * problem and not by an empty stream.
 */
import { withDeadline } from '../base/wait.ts';
import type { CoordinatorError } from '../errors.ts';
import type { ActionName, OutputOf } from '../operations/actions.ts';
import type { LiveEvent } from '../operations/live/live-views.ts';
import { etagOf, isKnown } from './etag.ts';
import {
  EVENT_STREAM_HEADERS,
  EVENT_STREAM_PREFACE,
  endedChunk,
  eventChunks,
} from './event-stream.ts';
import { nextLines } from './line-chunks.ts';
import { pulledStream } from './pulled-stream.ts';
import type { Route } from './routes.ts';
import { whileAdmitted } from './while-admitted.ts';

/** What an answer is made with. */
export interface AnswerParts {
  readonly request: Request;
  /** Of a stream: aborts when it must end. */
  readonly signal: AbortSignal;
  /** Called when nothing more is sent. */
  readonly close: () => void;
  /** Of a stream: why the client must leave; null: it need not. */
  readonly expel: () => Promise<CoordinatorError | null>;
  /** Hears of a stream that fails half-way; tells whether the connection is broken off already. */
  readonly onError: (error: unknown) => boolean;
}

/** Answers that are asked for again and again, hold no data of jobs, and are often the same. */
const REVALIDATED: readonly ActionName[] = [
  ...(['overview.get', 'queues.list', 'queues.get', 'metrics.history', 'metrics.backlog'] as const),
  ...(['workers.list', 'pools.list', 'pools.get', 'pools.decisions', 'retention.list'] as const),
  ...(['redis.info', 'redis.clients', 'access.me'] as const),
];

/** How long a stream of events may think before its status is sent. */
const FIRST_EVENT_MS = 250;
/** A viewer that takes nothing for so long sees nothing, and holds a place among the streams that may be open. */
const UNTAKEN_EVENT_MS = 30_000;
/** An export may be read by a person, page by page. */
const UNTAKEN_LINES_MS = 10 * 60_000;

/** The answer. */
export async function toAnswer(
  route: Route,
  output: unknown,
  parts: AnswerParts,
): Promise<Response> {
  switch (route.action.answers ?? 'json') {
    case 'events':
      return eventsOf(output as AsyncIterable<LiveEvent>, parts);
    case 'lines':
      return linesOf(output as AsyncIterable<string>, parts);
    case 'text':
      parts.close();
      return new Response(String(output), {
        headers: { 'Content-Type': typeOfText(route), 'Cache-Control': 'no-store' },
      });
    default:
      parts.close();
      return jsonOf(route, output, parts.request);
  }
}

function jsonOf(route: Route, output: unknown, request: Request): Response {
  const body = JSON.stringify(output ?? null);
  const headers = { 'Content-Type': 'application/json; charset=utf-8' };
  if (!REVALIDATED.includes(route.name))
    return new Response(body, {
      status: statusOfAnswer(route.name, output),
      headers: { ...headers, 'Cache-Control': 'no-store' },
    });
  const etag = etagOf(body);
  const caching = { ETag: etag, 'Cache-Control': 'private, no-cache' };
  if (isKnown(request.headers, etag)) return new Response(null, { status: 304, headers: caching });
  return new Response(body, { headers: { ...headers, ...caching } });
}

/** Health says by its status, too, what load balancers act on. */
export function statusOfAnswer(name: ActionName, output: unknown): number {
  const { status } = output as Partial<OutputOf<'health.redis' | 'health.ready'>>;
  if (name === 'health.ready') return status === 'ready' ? 200 : 503;
  const isByRedis = name === 'health.redis' || name === 'health.queues';
  return isByRedis && status === 'unhealthy' ? 503 : 200;
}

function typeOfText({ name }: Route): string {
  return name === 'metrics.exposition'
    ? 'text/plain; version=0.0.4; charset=utf-8'
    : 'text/plain; charset=utf-8';
}

async function eventsOf(events: AsyncIterable<LiveEvent>, parts: AnswerParts): Promise<Response> {
  const source = events[Symbol.asyncIterator]();
  const first = source.next();
  await withDeadline(first, FIRST_EVENT_MS);
  const body = pulledStream({
    ...parts,
    source: beginningWith(first, source),
    next: whileAdmitted(eventChunks(), { expel: parts.expel, lastChunk: endedChunk }),
    preface: EVENT_STREAM_PREFACE,
    untakenMs: UNTAKEN_EVENT_MS,
    mayEndEarly: true,
  });
  return new Response(body, { headers: EVENT_STREAM_HEADERS });
}

async function linesOf(lines: AsyncIterable<string>, parts: AnswerParts): Promise<Response> {
  const source = lines[Symbol.asyncIterator]();
  const first = source.next();
  await first;
  const body = pulledStream({
    ...parts,
    source: beginningWith(first, source),
    next: whileAdmitted(nextLines, { expel: parts.expel, lastChunk: thrown }),
    untakenMs: UNTAKEN_LINES_MS,
    mayEndEarly: false,
  });
  const headers = { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' };
  return new Response(body, { headers });
}

function thrown(error: CoordinatorError): never {
  throw error;
}

/** The same source, whose first item was asked for already. */
function beginningWith<Item>(
  first: Promise<IteratorResult<Item>>,
  source: AsyncIterator<Item>,
): AsyncIterator<Item> {
  let asked: Promise<IteratorResult<Item>> | undefined = first;
  return {
    next() {
      const next = asked ?? source.next();
      asked = undefined;
      return next;
    },
    return: async () => (await source.return?.()) ?? { done: true, value: undefined },
  };
}
