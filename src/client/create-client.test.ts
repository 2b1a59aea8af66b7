import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createClient } from './create-client.ts';

const URL_OF_SERVER = 'https://ops.example.com/drover';

/** A client whose server answers so, and what was sent. */
function answering(answer: (init: RequestInit) => Response | Promise<Response>) {
  const sent: RequestInit[] = [];
  const client = createClient({
    ...{ url: URL_OF_SERVER, token: 's3cret', timeoutMs: 20 },
    fetch: async (_url, init) => {
      sent.push(init);
      return answer(init);
    },
  });
  return { client, sent };
}

const json = (value: unknown): Response =>
  new Response(JSON.stringify(value), { headers: { 'content-type': 'application/json' } });
/** As `fetch` does it: nothing comes until it is aborted. */
const silent = ({ signal }: RequestInit): Promise<Response> =>
  new Promise((_resolve, reject) => {
    signal!.addEventListener('abort', () => reject(signal!.reason));
  });
const failing = (code: string) => (): Response => {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
};

const read = ['queues.get', { queue: 'mails' }] as const;
const change = ['queues.pause', { queue: 'mails', reason: 'deploy' }] as const;

test('no answer to a change leaves open whether it was done, and it is sent once', async () => {
  const unknown = [
    silent,
    failing('ECONNRESET'),
    failing('UND_ERR_SOCKET'),
    () => new Response('<h1>Bad gateway</h1>', { status: 502 }),
    () => new Response('', { status: 504 }),
    () => new Response('{"queue":', { headers: { 'content-type': 'application/json' } }),
  ];
  for (const answer of unknown) {
    const { client, sent } = answering(answer);
    await expect(client.call(...change)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(sent).toHaveLength(1);
    await expect(client.call(...read)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  }
  for (const code of ['ECONNREFUSED', 'ENOTFOUND']) {
    const { client } = answering(failing(code));
    await expect(client.call(...change)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  }
});

test('no answer to a dry run leaves nothing open', async () => {
  for (const answer of [silent, failing('ECONNRESET'), () => new Response('', { status: 504 })]) {
    const { client } = answering(answer);
    const empty = (dryRun: boolean) => client.call('queues.empty', { queue: 'mails', dryRun });
    await expect(empty(true)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    await expect(empty(false)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  }
});

test('a call that takes long is given its own time', async () => {
  const slow = (init: RequestInit): Promise<Response> =>
    Promise.race([silent(init), sleep(60).then(() => json({ eligible: 1 }))]) as Promise<Response>;
  const { client } = answering(slow);
  await expect(client.call(...read)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  await expect(client.call(...read, { timeoutMs: 10_000 })).resolves.toEqual({ eligible: 1 });
});

test('a redirect is not followed: it would make another action of a change', async () => {
  for (const status of [301, 302, 307, 308]) {
    const { client, sent } = answering(
      () => new Response('', { status, headers: { location: 'https://u:p@login.example.com/?s' } }),
    );
    const failed = await client.call(...change).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(String(failed)).toMatch(/a redirect to https:\/\/login\.example\.com,/);
    expect(sent).toMatchObject([{ redirect: 'manual' }]);
  }
});

test('a signal that is used for many calls keeps nothing of them', async () => {
  const { signal } = new AbortController();
  let listening = 0;
  const count = (method: 'addEventListener' | 'removeEventListener', by: number) => {
    const original = signal[method].bind(signal) as (...args: unknown[]) => void;
    signal[method] = (...args: unknown[]) => {
      listening += by;
      original(...args);
    };
  };
  count('addEventListener', 1);
  count('removeEventListener', -1);
  const { client } = answering(() => json({}));
  for (let i = 0; i < 3; i += 1) await client.call(...read, { signal });
  const exported = await client.call('audit.export', {}, { signal });
  for await (const _ of exported);
  await expect(
    answering(failing('ECONNREFUSED')).client.call(...read, { signal }),
  ).rejects.toThrow();
  expect(listening).toBe(0);
});
