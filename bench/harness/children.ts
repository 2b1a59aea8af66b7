/**
 * Child processes and calls to them: a method by name, an answer or an error, a deadline.
 *
 * A child that ends early fails every open call. The child's side of this is `serve.ts`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { within } from './clock.ts';

/** Methods that a child offers: one argument, an answer that survives JSON. */
export type Methods<M> = { [K in keyof M]: (argument: never) => Promise<unknown> };
type ArgumentOf<F> = F extends (argument: infer A) => unknown ? A : never;
type AnswerOf<F> = F extends (argument: never) => Promise<infer R> ? R : never;

/** What goes to the child. */
export interface Call {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

/** What comes back. */
export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

const CALL_TIMEOUT_MS = 120_000;

/** Starts `bench/workers/<worker>.ts` as a process of its own. */
export function startChild<M extends Methods<M>>(worker: string): Child<M> {
  const path = fileURLToPath(new URL(`../workers/${worker}.js`, import.meta.url));
  return new Child<M>(worker, fork(path, { stdio: ['ignore', 2, 'inherit', 'ipc'] }));
}

/** A running child. */
export class Child<M extends Methods<M>> implements AsyncDisposable {
  readonly #worker: string;
  readonly #process: ChildProcess;
  readonly #open = new Map<number, (answer: Answer) => void>();
  #calls = 0;

  constructor(worker: string, process: ChildProcess) {
    this.#worker = worker;
    this.#process = process;
    process.on('message', (answer: Answer) => this.#open.get(answer.id)?.(answer));
    process.on('exit', (code, signal) => {
      const error = `the child "${worker}" has ended (${signal ?? code})`;
      for (const [id, settle] of this.#open) settle({ id, error });
    });
  }

  /** Calls a method of the child. */
  async call<K extends keyof M & string>(
    method: K,
    argument: ArgumentOf<M[K]>,
    timeoutMs: number = CALL_TIMEOUT_MS,
  ): Promise<AnswerOf<M[K]>> {
    const id = ++this.#calls;
    const answered = new Promise<Answer>((resolve) => {
      this.#open.set(id, resolve);
      this.#process.send({ id, method, argument } satisfies Call, (error) => {
        if (error) resolve({ id, error: error.message });
      });
    });
    const what = `${this.#worker}.${method}`;
    try {
      const { value, error } = await within(answered, timeoutMs, what);
      if (error !== undefined) throw new Error(`${what}: ${error}`);
      return value as AnswerOf<M[K]>; // The child was made for these methods.
    } finally {
      this.#open.delete(id);
    }
  }

  /** SIGKILL: what a child leaves behind goes with the flush that follows. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }
}
