/**
 * WHATSAPP `send`: one message, delivered once.
 *
 * A rate limit holds the whole queue, in every process, and costs the job no attempt. A number that does not
 * exist fails at once. Everything else is tried again with the same key, so that the provider recognises what
 * it has delivered already.
 */
import { RateLimitError, UnrecoverableError } from 'bullmq';
import type { Coordinator } from 'drover';
import { whatsapp } from '../queues.ts';
import { Refused } from '../services/call.ts';
import { RateLimited, sendMessage } from '../services/whatsapp-client.ts';
import type { ProcessorOf } from './processor-of.ts';

export function createSendWhatsapp(
  coordinator: Coordinator,
  { url, timeoutMs }: { url: string; timeoutMs: number },
): ProcessorOf<typeof whatsapp> {
  return async (job, { signal }) => {
    try {
      return await sendMessage(url, job.id!, job.data, { signal, timeoutMs });
    } catch (error) {
      if (error instanceof Refused) throw new UnrecoverableError(error.message);
      if (!(error instanceof RateLimited)) throw error;
      await coordinator.queue(whatsapp).rateLimit(error.retryAfterMs);
      throw new RateLimitError();
    }
  };
}
