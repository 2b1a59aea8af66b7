/**
 * The child's side of `children.ts`: answers calls, and ends when its parent is gone.
 */
import type { Answer, Call, Methods } from './children.ts';

/** The caller's types have checked name and argument. */
type Method = (argument: unknown) => Promise<unknown>;

/** Offers the methods to the parent process. */
export function serve<M extends Methods<M>>(methods: M): void {
  const answer = async ({ id, method, argument }: Call): Promise<Answer> => {
    try {
      const run: Method | undefined = (methods as unknown as Record<string, Method>)[method];
      if (!run) throw new Error('there is no such method');
      return { id, value: await run(argument) };
    } catch (error) {
      return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  };
  process.on('message', (call: Call) => {
    void answer(call).then((reply) => process.send?.(reply));
  });
  process.on('disconnect', () => process.exit());
}
