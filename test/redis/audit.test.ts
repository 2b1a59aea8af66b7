/** The audit in Redis: one chain of all processes, through kills, outages, trimming and tampering. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { chainEntry, parseEntry } from '../../src/access/audit-entry.ts';
import { startApp } from '../support/child-app.ts';
import { createClient } from '../support/coordinators.ts';
import { type RedisOptions, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { intent, keys, openAudit } from './audits.ts';

const WRITER = fileURLToPath(new URL('audit-writer.mjs', import.meta.url));

async function serve(options?: RedisOptions) {
  const server = await startRedis(options);
  onTestFinished(() => server.stop());
  return server;
}

function startWriter(server: { url: string }, env: Record<string, string>) {
  const app = startApp(WRITER, { env: { REDIS_URL: server.url, ...env } });
  onTestFinished(() => app[Symbol.asyncDispose]());
  return app;
}

const done = { result: 'done', code: null } as const;

test('two processes that write 500 entries each at the same time keep one whole chain', async () => {
  const server = await serve();
  const writers = ['one', 'two'].map((HOST_NAME) => startWriter(server, { HOST_NAME }));
  for (const writer of writers) await writer.line('written, 0 held', 25_000);
  const { verify, reader } = await openAudit(server);
  expect(await verify()).toMatchObject({ from: 1, to: 1_000, checked: 1_000, fault: null });
  const records = [...(await reader.after()), ...(await reader.after('500-0'))].map(({ text }) =>
    parseEntry(text),
  );
  // Interleaved, and each intention has exactly one result.
  const intents = records.filter((record) => record?.kind === 'intent');
  const results = records.flatMap((record) => (record?.kind === 'result' ? [record.of] : []));
  expect(intents).toHaveLength(500);
  expect(new Set(results)).toEqual(new Set(intents.map((record) => record!.n)));
  expect(results).toHaveLength(500);
});

test('a process that is killed while it acts leaves its intention', async () => {
  const server = await serve();
  const app = startWriter(server, { HANGS: '1' });
  await app.line('acting', 10_000);
  app.kill('SIGKILL');
  await app.exited;
  const { reader, verify } = await openAudit(server);
  const [entry, ...more] = await reader.after();
  expect(more).toEqual([]);
  expect(parseEntry(entry!.text)).toMatchObject({ kind: 'intent', correlationId: 'killed' });
  expect(await verify()).toMatchObject({ checked: 1, fault: null });
});

test('entries of one process that are written at once go in one chain, in their order', async () => {
  const server = await serve();
  const { chain, verify } = await openAudit(server);
  const record = { kind: 'intent', at: 1, ...intent() } as const;
  const numbers = await Promise.all(Array.from({ length: 350 }, () => chain.append(record)));
  expect(numbers).toEqual(Array.from({ length: 350 }, (_, i) => i + 1));
  expect(await verify()).toMatchObject({ checked: 350, fault: null });
});

test('an entry that is sent again after its reply was lost is there once', async () => {
  const server = await serve();
  const { chain, hub, verify } = await openAudit(server);
  const record = { kind: 'intent', at: 1, ...intent() } as const;
  await chain.append(record);
  const raw = await hub.command.raw();
  const send = raw.eval.bind(raw);
  let lost = 0;
  // The first one is carried out and its reply never comes.
  raw.eval = (async (...args: Parameters<typeof send>) => {
    const reply = await send(...args);
    lost += 1;
    if (lost === 1) throw new Error('Command aborted due to connection close');
    return reply;
  }) as typeof raw.eval;
  expect(await chain.append(record)).toBe(2);
  expect(lost).toBe(2);
  expect(await verify()).toMatchObject({ checked: 2, fault: null });
});

const limits = { mostEntries: 40, anchorEvery: 10, mostAnchors: 7 };

test('what is trimmed leaves an anchor from which the rest is whole; anchors are told and bounded', async () => {
  const server = await serve();
  const { chain, verify, heard, reader } = await openAudit(server, { limits });
  const record = { kind: 'intent', at: 1, ...intent() } as const;
  for (let i = 0; i < 105; i += 1) await chain.append(record);
  expect(await verify()).toMatchObject({ from: 61, to: 105, fault: null });
  const anchors = await reader.anchors();
  expect([...anchors.keys()]).toEqual([40, 50, 60, 70, 80, 90, 100]);
  const told = heard.filter(({ name }) => name === 'audit.anchored').map(({ payload }) => payload);
  expect(told).toHaveLength(10);
  expect(told.at(-1)).toEqual({ n: 100, hash: anchors.get(100) });
  const outside = told[6] as { n: number; hash: string };
  expect(await verify(outside)).toMatchObject({ fault: null });
  expect(await verify({ ...outside, hash: 'f'.repeat(64) })).toMatchObject({
    fault: expect.stringContaining('entry 70 is not the one that your anchor names'),
  });
});

test('entries are trimmed at a place without an anchor by leaving one there', async () => {
  const server = await serve();
  const { chain, verify, reader } = await openAudit(server, {
    limits: { mostEntries: 25, anchorEvery: 10, mostAnchors: 100 },
  });
  const record = { kind: 'intent', at: 1, ...intent() } as const;
  for (let i = 0; i < 43; i += 1) await chain.append(record);
  expect([...(await reader.anchors()).keys()]).toEqual([5, 10, 15, 20, 30, 40]);
  expect(await verify()).toMatchObject({ from: 16, to: 43, fault: null });
});

test('a deletion beyond what is trimmed is found', async () => {
  const server = await serve();
  const redis = createClient(server);
  const { chain, verify } = await openAudit(server, { limits });
  const record = { kind: 'intent', at: 1, ...intent() } as const;
  for (let i = 0; i < 65; i += 1) await chain.append(record);
  await redis.xtrim(keys.audit(), 'MINID', '45-0');
  expect(await verify()).toMatchObject({ fault: expect.stringContaining('no anchor at 44') });
});

test('tampering is found: an entry taken out, a head set, a chain written anew', async () => {
  const server = await serve();
  const redis = createClient(server);
  const { chain, verify, reader } = await openAudit(server);
  const record = { kind: 'intent', at: 1, ...intent() } as const;
  for (let i = 0; i < 8; i += 1) await chain.append(record);
  const whole = await verify();
  expect(whole).toMatchObject({ fault: null, head: { n: 8 } });

  const head = await redis.hgetall(keys.auditHead());
  await redis.hset(keys.auditHead(), 'hash', 'f'.repeat(64));
  expect(await verify()).toMatchObject({ fault: 'the hash of the head is not that of entry 8' });
  await redis.hset(keys.auditHead(), head);

  const entries = await reader.after();
  await redis.xdel(keys.audit(), '8-0');
  expect(await verify()).toMatchObject({
    fault: 'the head is at entry 8, and the entries after 7 are missing',
  });

  // Somebody who may write anything rewrites all of it, head included: only what was kept elsewhere tells.
  await redis.del(keys.audit());
  let last = { n: 0, hash: '' };
  for (const { text } of entries) {
    const { kind, at } = record;
    const forged = chainEntry(last, { kind, at, ...intent({ action: 'queues.resume' }) });
    expect(forged.text).not.toBe(text);
    await redis.xadd(keys.audit(), `${forged.n}-0`, 'entry', forged.text, 'hash', forged.hash);
    last = forged;
  }
  await redis.hset(keys.auditHead(), 'n', last.n, 'hash', last.hash);
  expect(await verify()).toMatchObject({ fault: null });
  expect(await verify(whole.head!)).toMatchObject({
    fault: expect.stringContaining('entry 8 is not the one that your anchor names'),
  });

  await redis.xdel(keys.audit(), '3-0');
  expect(await verify()).toMatchObject({ fault: 'entry 3 is missing' });
});

test('an entry that was put in between two pages is found, and hides no other one', async () => {
  const server = await serve();
  const redis = createClient(server);
  const { chain, verify, reader } = await openAudit(server);
  const record = { kind: 'intent', at: 1, ...intent() } as const;
  await Promise.all(Array.from({ length: 500 }, () => chain.append(record)));
  const forged = chainEntry({ n: 499, hash: '' }, { ...record, ...intent({ action: 'forged' }) });
  await redis.xadd(keys.audit(), '500-1', 'entry', forged.text, 'hash', forged.hash);
  expect(await verify()).toMatchObject({ fault: expect.stringContaining('entry 500 comes after') });
  await Promise.all(Array.from({ length: 499 }, () => chain.append(record)));
  const newest = await reader.before();
  expect(newest.at(-1)!.id).toBe('500-1');
  expect((await reader.before(newest.at(-1)!.id))[0]!.id).toBe('500-0');
});

test('what is left of an audit whose stream or beginning was deleted is not whole', async () => {
  const server = await serve();
  const redis = createClient(server);
  const { chain, verify } = await openAudit(server, { limits });
  const record = { kind: 'intent', at: 1, ...intent() } as const;
  for (let i = 0; i < 65; i += 1) await chain.append(record);
  expect(await verify()).toMatchObject({ fault: null });
  // At an anchor, where trimming would cut as well.
  await redis.xtrim(keys.audit(), 'MINID', '51-0');
  expect(await verify()).toMatchObject({ fault: expect.stringContaining('only 15 are left') });
  await redis.del(keys.audit(), keys.auditHead());
  const cut = expect.stringContaining('an anchor is of entry 60, and the audit ends at');
  expect(await verify()).toMatchObject({ fault: cut });
  await chain.append(record);
  expect(await verify()).toMatchObject({ fault: cut });
});

test('an emptied Redis begins a new audit, and an anchor kept elsewhere says so', async () => {
  const server = await serve();
  const redis = createClient(server);
  const { audit, verify } = await openAudit(server);
  for (let i = 0; i < 5; i += 1) await audit.end(await audit.begin(intent()), intent(), done);
  const { head } = await verify();
  const acting = await audit.begin(intent({ correlationId: 'across' }));
  await redis.flushall();
  await audit.end(acting, intent({ correlationId: 'across' }), done);
  await audit.end(await audit.begin(intent()), intent(), done);
  expect(await verify()).toMatchObject({ from: 1, to: 3, fault: null });
  expect(await verify(head!)).toMatchObject({
    fault: expect.stringContaining('your anchor is of entry 10, and the audit ends at 3'),
  });
});

test('a lost head is found again in the stream, and a stream emptied by hand does not stop actions', async () => {
  const server = await serve();
  const redis = createClient(server);
  const { audit, verify } = await openAudit(server);
  await audit.begin(intent());
  await redis.del(keys.auditHead());
  await audit.begin(intent());
  expect(await verify()).toMatchObject({ from: 1, to: 2, fault: null });
  await redis.xtrim(keys.audit(), 'MAXLEN', 0);
  await redis.del(keys.auditHead());
  await audit.begin(intent());
  expect(await verify()).toMatchObject({ from: 1, to: 1, fault: null });
});

test('a stream with entries of somebody else stops actions with an error that says why', async () => {
  const server = await serve();
  const redis = createClient(server);
  await redis.xadd(keys.audit(), '9999-5', 'their', 'entry');
  const { audit } = await openAudit(server);
  await expect(audit.begin(intent())).rejects.toMatchObject({ code: 'AUDIT_FAILED' });
});

test('while Redis is away nothing begins; what was done is held, and written when it is back', async () => {
  const server = await serve();
  const { audit, verify, reader, heard, hub } = await openAudit(server, { timeoutMs: 200 });
  const acting = await audit.begin(intent());
  await server.kill();
  await until(() => !hub.command.isReady);
  await expect(audit.begin(intent())).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  await audit.end(acting, intent(), done);
  await audit.refuse(intent(), { result: 'refused', code: 'FORBIDDEN' });
  expect(audit.held).toBe(2);
  const names = () => heard.map(({ name }) => name).filter((name) => !/^connection/.test(name));
  expect(names()).toEqual(['operator.acted', 'audit.held', 'operator.acted']);
  await server.restart();
  await hub.command.client;
  await audit.flush();
  expect(audit.held).toBe(0);
  expect(heard.at(-1)).toEqual({ name: 'audit.resumed', payload: { written: 2, lost: 0 } });
  const kinds = (await reader.after()).map(({ text }) => parseEntry(text)?.kind);
  expect(kinds).toEqual(['intent', 'result', 'refused']);
  expect(await verify()).toMatchObject({ fault: null });
});

test('what waits behind an entry that cannot be written fails with it, and nothing of it is written later', async () => {
  const server = await serve();
  const { audit, reader } = await openAudit(server, { timeoutMs: 300 });
  await audit.begin(intent());
  server.freeze();
  const failed = (asked: Promise<unknown>): Promise<unknown> =>
    asked.then(
      () => 'begun',
      (error) => error,
    );
  const all = ['first', 'second'].map((correlationId) =>
    failed(audit.begin(intent({ correlationId }))),
  );
  const [first, second] = await Promise.all(all);
  server.thaw();
  expect(first).toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  expect(second).toBe(first);
  await audit.begin(intent({ correlationId: 'third' }));
  const ids = (await reader.after()).map(({ text }) => parseEntry(text)?.correlationId);
  // The first was on its way: an intention without a result. The second was never sent.
  expect(ids.filter((id) => id !== 'first')).toEqual(['c', 'third']);
});

test('the rights that the guide names are enough to write, trim, read and verify', async () => {
  const guide = readFileSync(new URL('../../docs/guides/access.md', import.meta.url), 'utf8');
  const named = /The user of Redis needs, on `coordinator:audit\*`[^:]*:([^.]*)\./.exec(guide)![1]!;
  const commands = [...named.matchAll(/`(\w+)`/g)].map(([, command]) => `+${command}`);
  expect(commands.length).toBeGreaterThan(10);
  const rights = `~coordinator:audit* -@all ${commands.join(' ')} +@connection +info`;
  const server = await serve({ aclLines: [`user auditor on >secret ${rights}`] });
  const user = { username: 'auditor', password: 'secret' };
  const { chain, verify } = await openAudit(server, { limits, user });
  const record = { kind: 'intent', at: 1, ...intent() } as const;
  for (let i = 1; i <= 61; i += 1) expect(await chain.append(record)).toBe(i);
  expect(await verify()).toMatchObject({ from: 21, to: 61, fault: null });
});

test('a user of Redis without the right to write leaves the audit to the log', async () => {
  const server = await serve({ aclLines: ['user reader on >secret ~* &* +@all -@write'] });
  const { audit, heard, reader } = await openAudit(server, {
    user: { username: 'reader', password: 'secret' },
  });
  await audit.end(await audit.begin(intent()), intent(), done);
  await audit.refuse(intent(), { result: 'refused', code: 'FORBIDDEN' });
  const told = heard.filter(({ name }) => name === 'operator.acted');
  expect(told.map(({ payload }) => payload)).toMatchObject([
    { action: 'queues.pause', result: 'begun' },
    { action: 'queues.pause', result: 'done' },
    { result: 'refused' },
  ]);
  expect(audit.held).toBe(0);
  expect(await reader.after()).toEqual([]);
});
