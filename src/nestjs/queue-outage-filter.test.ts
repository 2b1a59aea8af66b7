import 'reflect-metadata';
import type { ArgumentsHost } from '@nestjs/common';
import { CoordinatorError } from 'drover';
import { QueueOutageFilter } from 'drover/nestjs';
import { expect, test } from 'vitest';

const outage = new CoordinatorError('QUEUE_UNAVAILABLE', 'Redis is away');

test('what did not come by HTTP gets the error', () => {
  const host = { getType: () => 'job' } as unknown as ArgumentsHost;
  expect(() => new QueueOutageFilter().catch(outage, host)).toThrow(outage);
});

test.each([false, true])('an answer that has begun is broken off (raw: %s)', (isWrapped) => {
  const calls: string[] = [];
  const sent = { headersSent: true, destroy: () => calls.push('destroy') };
  const response = {
    ...(isWrapped ? { raw: sent } : sent),
    status: () => calls.push('status'),
  };
  const host = {
    getType: () => 'http',
    switchToHttp: () => ({ getResponse: () => response }),
  } as unknown as ArgumentsHost;
  new QueueOutageFilter().catch(outage, host);
  expect(calls).toEqual(['destroy']);
});
