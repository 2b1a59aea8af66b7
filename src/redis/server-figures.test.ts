import { expect, test } from 'vitest';
import { readFigures } from './server-figures.ts';

const figuresOf = (fields: Record<string, string>) => readFigures((name) => fields[name]);

test('what a server does not say is null, in sections that are always there', () => {
  const leaves = (value: unknown): unknown[] =>
    value !== null && typeof value === 'object' ? Object.values(value).flatMap(leaves) : [value];
  const figures = figuresOf({});
  expect(Object.keys(figures)).toEqual([
    ...['memory', 'connections', 'operations', 'persistence', 'replication'],
  ]);
  expect(new Set(leaves(figures))).toEqual(new Set([null]));
});

test('numbers are numbers, and what is none is unknown', () => {
  const { memory } = figuresOf({
    used_memory: '917088',
    used_memory_peak: 'n/a',
    maxmemory: '0',
    mem_fragmentation_ratio: '1.42',
  });
  expect(memory).toMatchObject({ used: 917_088, usedBytes: 917_088, fragmentationRatio: 1.42 });
  expect(memory).toMatchObject({ peak: null, limitBytes: null });
});

test('hits are told as a ratio once there was something to hit', () => {
  const ratio = (hits: string, misses?: string) =>
    figuresOf({ keyspace_hits: hits, ...(misses && { keyspace_misses: misses }) }).operations
      .hitRatio;
  expect(ratio('90', '10')).toBe(0.9);
  expect(ratio('0', '0')).toBeNull();
  expect(ratio('90')).toBeNull();
});

test('a primary tells of its replicas and how far the last of them is behind', () => {
  expect(
    figuresOf({
      role: 'master',
      connected_slaves: '2',
      master_repl_offset: '5000',
      slave0: 'ip=r1,port=6379,state=online,offset=4990,lag=0',
      slave1: 'ip=r2,port=6379,state=wait_bgsave,offset=0,lag=0',
    }).replication,
  ).toEqual({ role: 'primary', replicas: 2, replicasOnline: 1, lagBytes: 5_000, linkStatus: null });
});

test('a replica tells of its link', () => {
  expect(figuresOf({ role: 'slave', master_link_status: 'down' }).replication).toMatchObject({
    role: 'replica',
    linkStatus: 'down',
    lagBytes: null,
  });
});

test('persistence: whether it is on, how it last went, and when', () => {
  expect(
    figuresOf({
      loading: '0',
      aof_enabled: '1',
      aof_last_write_status: 'err',
      rdb_last_bgsave_status: 'ok',
      rdb_last_save_time: '1764000000',
    }).persistence,
  ).toEqual({
    loading: false,
    aof: { enabled: true, lastWriteStatus: 'err', lastRewriteStatus: null },
    rdb: { lastSaveStatus: 'ok', lastSaveAt: 1_764_000_000_000, changesSinceSave: null },
  });
});
