/**
 * Asking a face: one answer with everything that tests compare, and many answers at once.
 */

/** One answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text as JSON; throws when it is none. */
  json(): Record<string, unknown>;
}

/** One request to its end. */
export async function ask(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const { status, headers } = response;
  return { status, headers, text, json: () => JSON.parse(text) };
}

/** Every route of the face. */
export const ROUTES: readonly string[] = [
  '/health/redis',
  '/health/live',
  '/health/ready',
  '/api/v1/queue/health',
  '/metrics',
];

/** So many requests side by side, over all routes in turn. */
export function askMany(origin: string, requests: number): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: requests }, (_, i) => ask(`${origin}${ROUTES[i % ROUTES.length]}`)),
  );
}

/** The value of one series in an answer of `/metrics`; undefined when there is none. */
export function figureOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}
