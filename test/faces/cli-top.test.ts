/** The live view on a real terminal, straight to a real Redis with a fleet at work. */
import { Queue } from 'bullmq';
import { Coordinator } from 'drover';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { ENTER, hasTerminals, LEAVE, OnTerminal } from './on-terminal.ts';

let server: RedisServer;
let fleet: Coordinator;
let thumbnails: Queue;
beforeAll(async () => {
  server = await startRedis();
  fleet = new Coordinator({ redisUrl: server.url, logger: false });
  fleet.process('mails', async () => 'sent', { pool: { min: 2, max: 4 } });
  await fleet.start();
  for (let i = 0; i < 7; i++) await fleet.queue('mails').add('welcome', {});
  // Nobody of Drover's has heard of this one.
  const connection = { host: '127.0.0.1', port: server.port, maxRetriesPerRequest: null };
  thumbnails = new Queue('thumbnails', { connection });
  thumbnails.on('error', () => {});
  for (let i = 0; i < 3; i++) await thumbnails.add('resize', {});
  // Two that are done, one of them long ago: the other one is what a minute brings.
  const client = new Redis(server.url);
  await client.zadd('bull:thumbnails:completed', Date.now() - 3_600_000, 'old', Date.now(), 'new');
  client.disconnect();
});
afterAll(async () => {
  await thumbnails?.close();
  await fleet?.stop({ timeoutMs: 1_000 });
  await server?.stop();
});

const open = (): OnTerminal =>
  new OnTerminal('top --interval 200ms', { env: { REDIS_URL: server.url, NO_COLOR: '1' } });

if (!hasTerminals)
  it('is not shown here', () => console.log('no terminal to be had: "script" is not installed'));
else {
  it('draws queues, throughput, slots and the oldest wait, on a window of any size', async () => {
    const top = open();
    await top.shows(/Redis healthy {2}2 queues {2}1 processes/);
    expect(top.output).toContain(ENTER);
    await top.shows(/Oldest wait: \d+m?s in thumbnails/);
    // Columns: waiting, running, oldest, failed, per minute, slots.
    await top.shows(/mails +0 +0 +- +0 +\S+ +(?:\d>)?2 +/);
    await top.shows(/thumbnails +3 +0 +\d+m?s +0 +1 +0 /);
    expect(top.output).not.toContain('DELAYED');
    let before = top.output.length;
    top.resize(40, 120);
    await top.shows('DELAYED', before);
    before = top.output.length;
    top.resize(6, 30);
    await top.shows('QUEUE', before);
    top.type('q');
    expect(await top.exited).toBe(0);
    expect(top.output.trimEnd().endsWith(LEAVE)).toBe(true);
  });

  it('does nothing unasked: pauses after a yes, and empties only by the name', async () => {
    const top = open();
    await top.shows('thumbnails');
    top.type('jE');
    await top.shows('EMPTY thumbnails');
    top.type('\r');
    await top.shows('nothing was done');
    expect(await thumbnails.getWaitingCount()).toBe(3);
    top.type('p');
    await top.shows('pause thumbnails?');
    top.type('y');
    await top.shows('pause thumbnails: done');
    expect(await thumbnails.isPaused()).toBe(true);
    await top.shows(/‖ thumbnails.* paused/);
    top.type('ry');
    await top.shows('resume thumbnails: done');
    top.type('Ethumbnails\r');
    await top.shows('empty thumbnails: done');
    expect(await thumbnails.getWaitingCount()).toBe(0);
    top.type('q');
    expect(await top.exited).toBe(0);
  });

  it('says that Redis is away, and goes on when it is back', async () => {
    const top = open();
    await top.shows('thumbnails');
    await server.kill();
    await top.shows(/As last known, \d{4}.* UTC: /);
    const before = top.output.length;
    await server.restart();
    await top.shows(/Redis healthy.*(?:Oldest wait|Nothing waits)/s, before);
    top.type('q');
    expect(await top.exited).toBe(0);
    await until(async () => (await thumbnails.getWaitingCount()) === 0);
  });
}
