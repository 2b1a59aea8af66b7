import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { parseServerInfo } from '../redis/server-info.ts';
import { RedisWatch } from './redis-watch.ts';

/** A server whose INFO is what a test says it is. */
function watchServer() {
  const clock = new FakeClock();
  const command = { serverInfo: parseServerInfo('') };
  const watch = new RedisWatch({ command, clock, ask: async () => {} });
  const say = (text: string): void => {
    command.serverInfo = parseServerInfo(text.replaceAll(' ', '\r\n'), clock.now());
  };
  const codes = (): string[] => watch.last.warnings.map(({ code }) => code);
  return { clock, watch, say, codes };
}

test('before the first answer everything is unknown, and nothing is warned about', () => {
  const { watch } = watchServer();
  expect(watch.last).toMatchObject({
    memory: { used: null },
    server: { flavour: null, version: null },
    warnings: [],
    takenAt: null,
  });
});

test('a counter is told when it has grown lately, not when it is high', async () => {
  const { clock, watch, say, codes } = watchServer();
  say('run_id:a evicted_keys:500 rejected_connections:70');
  await watch.look();
  expect(codes()).toEqual([]);
  await clock.pass(15_000);
  say('run_id:a evicted_keys:507 rejected_connections:71');
  await watch.look();
  expect(codes()).toEqual(['keys-evicted', 'connections-rejected']);
  expect(watch.last.warnings[0]?.message).toContain('thrown away 7 keys');
  await clock.pass(6 * 60_000);
  say('run_id:a evicted_keys:507 rejected_connections:71');
  await watch.look();
  expect(codes()).toEqual([]);
});

test('a restarted server, and one whose counters were reset, have not grown', async () => {
  const { clock, watch, say, codes } = watchServer();
  say('run_id:a evicted_keys:5');
  await watch.look();
  await clock.pass(15_000);
  say('run_id:b evicted_keys:900');
  await watch.look();
  expect(codes()).toEqual([]);
  await clock.pass(15_000);
  say('run_id:b evicted_keys:0');
  await watch.look();
  expect(codes()).toEqual([]);
});

test.each([
  ['maxmemory:1000 used_memory:750', []],
  ['maxmemory:1000 used_memory:751', ['memory-high']],
  ['maxmemory:1000 used_memory:901', ['memory-critical']],
  ['maxmemory:0 used_memory:901', []],
  ['used_memory:901', []],
  ['maxmemory_policy:allkeys-lru', ['eviction']],
  ['loading:1', ['loading']],
  ['rdb_last_bgsave_status:err', ['rdb-failed']],
  ['aof_last_write_status:err', ['aof-failed']],
  ['aof_last_bgrewrite_status:err', ['aof-failed']],
  ['rdb_last_bgsave_status:ok aof_last_write_status:ok', []],
  ['role:slave master_link_status:up', ['replica']],
  ['role:slave master_link_status:down', ['replica', 'replica-link-down']],
  ['role:master connected_slaves:1 slave0:state=online', []],
  ['role:master connected_slaves:1 slave0:state=wait_bgsave', ['replicas-behind']],
  ['role:master connected_slaves:1', []],
])('a server that says %s', (text, expected) => {
  const { say, codes } = watchServer();
  say(text);
  expect(codes()).toEqual(expected);
});

test('the share of memory is told in numbers', () => {
  const { say, watch } = watchServer();
  say(`maxmemory:${2 * 1_024 ** 3} used_memory:${1.7 * 1_024 ** 3}`);
  expect(watch.last.warnings[0]?.message).toContain('85 % of its memory (1.7 GB of 2 GB)');
});
