/**
 * What a method that runs jobs is called with: each parameter from its decorator, through its pipes.
 *
 * Nest's `ValidationPipe` says "Bad Request Exception" and keeps what is wrong for the answer to a request. A job has
 * no answer, only the reason of its failure: it is added there.
 */
import { type ExecutionContext, HttpException } from '@nestjs/common';
import type { PipedParameter } from './find-enhancers.ts';
import type { JobArguments } from './job-parameters.ts';

/** A parameter without a decorator gets what BullMQ has at its place. */
export async function pipedParameters(
  parameters: readonly PipedParameter[],
  host: ExecutionContext,
  args: JobArguments,
): Promise<unknown[]> {
  const [job, token, signal] = args;
  const all: unknown[] = signal ? [job, token, signal] : [job, token];
  const values = parameters.map(async (each) => {
    all[each.index] = await piped(each, await each.read(host, args));
  });
  await Promise.all(values);
  return all;
}

async function piped({ pipes, about }: PipedParameter, value: unknown): Promise<unknown> {
  let result = value;
  for (const pipe of pipes)
    try {
      result = await pipe.transform(result, about);
    } catch (thrown) {
      throw withDetails(thrown);
    }
  return result;
}

/** The same error, with the list that Nest's exceptions hold for the answer. */
function withDetails(thrown: unknown): unknown {
  if (!(thrown instanceof HttpException)) return thrown;
  const { message: list } = thrown.getResponse() as { message?: unknown };
  const details = Array.isArray(list) ? list.join(', ') : '';
  // A pipe may throw the same object again.
  if (!thrown.message.includes(details)) thrown.message = `${thrown.message}: ${details}`;
  return thrown;
}
