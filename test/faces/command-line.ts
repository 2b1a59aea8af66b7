/** Runs the real program `drover` as people do: as a process, with what it wrote and how it ended. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { endWithThisProcess } from '../../scripts/setup/guard.mjs';

/** The built program. */
export const DROVER: string = fileURLToPath(new URL('../../dist/bin/drover.js', import.meta.url));

/** How a command ended. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What differs from a bare environment. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
  /** For `node` itself. */
  readonly nodeArgs?: readonly string[];
}

/** Runs a command to its end. No variable of this process reaches it but PATH and HOME. */
export function drover(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { env = {}, input = '', cwd = '/', nodeArgs = [] } = options;
  const child = spawn(process.execPath, [...nodeArgs, DROVER, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', ...env },
    cwd,
  });
  endWithThisProcess(child, 'KILL');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** A request that the stand-in of a server has got. */
export interface Got {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

/** A server that says what it is told to, and remembers what it was asked. */
export interface StandIn {
  readonly url: string;
  readonly got: Got[];
  close(): void;
}

/** An answer: a status, and a body as JSON or as it is. */
export type Answer = readonly [status: number, body: unknown];

function typeOf(status: number, body: unknown): string {
  if (status >= 400) return 'application/problem+json';
  if (typeof body !== 'string') return 'application/json';
  return body.startsWith('{') ? 'application/x-ndjson' : 'text/event-stream';
}

/** Starts one. */
export async function startStandIn(answer: (got: Got) => Answer): Promise<StandIn> {
  const got: Got[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      const { method = '', url = '' } = request;
      const { authorization } = request.headers;
      const asked = { method, url, body: text ? JSON.parse(text) : undefined, authorization };
      got.push(asked);
      const [status, body] = answer(asked);
      response.writeHead(status, { 'Content-Type': typeOf(status, body) });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, got, close };
}
