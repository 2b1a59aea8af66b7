import { expect, test } from 'vitest';
import type { Logger } from './config/options.ts';
import { EventBus } from './events.ts';
import { writeLogLines } from './log-lines.ts';

function record() {
  const lines: string[] = [];
  const write = (_fields: object, message: string): void => void lines.push(message);
  const logger: Logger = { info: write, warn: write, error: write, debug: write };
  const bus = new EventBus();
  writeLogLines(bus, logger);
  return { lines, announce: bus.announce };
}

test('the wordings that people grep for are kept', () => {
  const { lines, announce } = record();
  announce('connection.connected', { role: 'command' });
  announce('connection.ready', { role: 'command', afterMs: 0 });
  announce('connection.error', { role: 'command', message: 'boom', repeated: 1 });
  announce('connection.closed', { role: 'wait' });
  announce('connection.reconnecting', { role: 'wait' });
  announce('connection.retried', { role: 'command', attempt: 4, delayMs: 400 });
  announce('connection.ended', { role: 'command', attempts: 10 });
  announce('redis.unconfigured', {});
  announce('processor.rejected', { queue: 'WHATSAPP', message: 'no file' });
  announce('coordinator.started', { queues: 1, redis: 'away' });
  expect(lines).toEqual([
    '✅ [Queue] Redis connected',
    '✅ [Queue] Redis connection ready',
    '❌ [Queue] Redis error: boom',
    '⚠️  [Worker] Redis connection closed',
    '🔄 [Worker] Redis reconnecting...',
    '⚠️  [Queue] Redis retry attempt 4, waiting 400ms',
    '❌ [Queue] Redis connection failed after 10 retries',
    expect.stringMatching(/^⚠️ {2}Redis not configured - queues disabled /),
    '❌ Failed to register WHATSAPP processor: no file',
    '⚠️  Application will continue without job queues',
  ]);
});

test('without a Redis the line names what to set', () => {
  const { lines, announce } = record();
  announce('redis.unconfigured', {});
  expect(lines).toEqual(['⚠️  Redis not configured - queues disabled (set redisUrl or REDIS_URL)']);
});

test('several coordinators in a process are told with what to do', () => {
  const { lines, announce } = record();
  announce('connections.repeated', { host: 'web-1', pid: 42, coordinators: 2 });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/web-1:42.* 2 coordinators .*share.*Nest.*redisUrl/);
});

test('what repeats is told at the 1st, 2nd, 4th and 8th time', () => {
  const { lines, announce } = record();
  for (let attempt = 1; attempt <= 9; attempt += 1)
    announce('connection.retried', { role: 'command', attempt, delayMs: 1 });
  for (let repeated = 1; repeated <= 9; repeated += 1)
    announce('connection.error', { role: 'command', message: 'boom', repeated });
  expect(lines).toHaveLength(8);
  expect(lines.at(-1)).toContain('(8 times)');
});
