/**
 * The dashboard's pages as browsers get them: in every host, below any path, behind proxies, with and without credentials.
 */
import { once } from 'node:events';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, request as send } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { Coordinator } from 'drover';
import { type HttpOptions, http, type ListenOptions, listen } from 'drover/http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SECTIONS } from '../../src/http/pages/page-paths.ts';
import { ROUTES } from '../../src/http/routes.ts';
import { type Answer, ask } from './ask.ts';
import { HOSTS, NOT_OURS } from './hosts.ts';

const BUILT = fileURLToPath(new URL('../../dist/dashboard', import.meta.url));
/** Where its pages have their paths. */
const APP = readFileSync(new URL('../../dashboard/src/app.tsx', import.meta.url), 'utf8');
const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const PASSWORD = { basic: [{ user: 'ann', password: 'correct horse', may: 'admin' }] } as const;

/** No page needs Redis. */
function createCoordinator(options: object = {}): Coordinator {
  const coordinator = new Coordinator({
    ...{ logger: false, redisUrl: 'redis://127.0.0.1:1', ...options },
  });
  onTestFinished(() => coordinator.stop({ timeoutMs: 100 }));
  return coordinator;
}

/** The origin of a server, with the base path. */
async function served(options: ListenOptions = {}): Promise<string> {
  return (await listen(createCoordinator(), { port: 0, ...options })).url;
}

/** One answer as a browser asks for a page; redirects are not followed. */
function look(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  return ask(url, { headers: { ...BROWSER, ...headers }, redirect: 'manual' });
}

/** Opens a page as a browser does: redirects, the base, then what the page loads. The address of its root. */
async function open(url: string): Promise<{ root: string; scripts: number }> {
  const page = await fetch(url, { headers: BROWSER });
  expect([url, page.headers.get('content-type')]).toEqual([url, 'text/html; charset=utf-8']);
  const text = await page.text();
  const base = /<base href="([^"]+)"/.exec(text)![1]!.replaceAll('&amp;', '&');
  const root = new URL(base, page.url).href;
  const scripts = [...text.matchAll(/<script[^>]* src="([^"]+)"/g)].map(([, src]) => src!);
  for (const src of scripts) {
    const { status, headers } = await ask(new URL(src, root).href);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
  }
  return { root, scripts: scripts.length };
}

function settingsOf(text: string): unknown {
  return JSON.parse(
    /<script type="application\/json" id="settings">(.*?)<\/script>/.exec(text)![1]!,
  );
}

/** A proxy that has `from` where the server behind it has `to`. */
async function proxied(origin: string, from: string, to: string): Promise<string> {
  const server = createServer((request, response) => {
    const url = request.url!.replace(from, to);
    const { hostname, port } = new URL(origin);
    const options = { hostname, port, path: url, method: request.method, headers: request.headers };
    const passed = send(options, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    request.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const DEEP = ['', 'queues', 'queues/a%2Fb%3Ac', 'queues/mails/jobs/17', 'settings/', 'jobs?a=/b/c'];

describe.each(HOSTS)('in $name', (host) => {
  test('pages, their files and the API are below the base path', async () => {
    const origin = await host.mount(createCoordinator(), '/ops');
    for (const path of DEEP)
      expect(await open(`${origin}/ops/${path}`)).toEqual({
        root: `${origin}/ops/`,
        scripts: expect.toSatisfy((count) => count >= 1),
      });
    expect((await ask(`${origin}/ops/api/v1/me`)).json()).toMatchObject({ kind: 'loopback' });
    expect((await look(`${origin}/queues`)).text).toBe(NOT_OURS);
    // What a host is told of a path is its own affair; only this one is told of less than the mount.
    if (host.name !== 'node:http')
      expect((await open(`${origin}/ops?a=1`)).root).toBe(`${origin}/ops/`);
  });

  test("without a base path an application's own pages stay its own", async () => {
    const origin = await host.mount(createCoordinator(), '');
    for (const path of ['/', '/queues', '/icon.svg', '/sign-in']) {
      const { text, status } = await look(`${origin}${path}`);
      if (host.passesOn) expect([path, status, text]).toEqual([path, 404, NOT_OURS]);
      else expect(text).not.toBe(NOT_OURS);
    }
    if (!host.passesOn) expect((await open(`${origin}/queues/mails`)).root).toBe(`${origin}/`);
    expect((await look(`${origin}/app/hello`)).text).toBe('hello');
  });
});

describe('paths', () => {
  test('the first parts are none of the API, and each is a page; others are not found, as a page', async () => {
    const taken = ROUTES.map(({ path }) => path.split('/')[1]);
    expect(SECTIONS.filter((section) => taken.includes(section))).toEqual([]);
    const shown = [...APP.matchAll(/<Route path="\/([^/"]+)/g)].map(([, section]) => section!);
    expect(shown).toContain('queues');
    expect(new Set(SECTIONS)).toEqual(new Set(shown));
    const url = await served();
    for (const section of SECTIONS)
      expect([section, (await look(`${url}/${section}/x`)).status]).toEqual([section, 200]);
    for (const path of [
      '/nothing',
      '/queuesx',
      '/index.html',
      '//queues',
      '/assets/',
      '/sign-in',
    ]) {
      const { status, headers, text } = await look(`${url}${path}`);
      expect([path, status]).toEqual([path, 404]);
      expect(text).toContain(`<base href="${path.split('/').length > 2 ? '../' : './'}"`);
      expect(headers.get('cache-control')).toBe('no-store');
    }
    const api = await look(`${url}/api/v1/nothing`);
    expect([api.status, api.json().code]).toEqual([404, 'NOT_FOUND']);
  });

  test('programs hear at pages what there is, and nobody can send anything there', async () => {
    const url = await served();
    for (const path of ['/', '/queues', '/nothing', '/assets/nothing.js']) {
      const { status, json } = await ask(`${url}${path}`);
      expect([status, json().detail]).toEqual([404, expect.stringContaining('/api/v1 says')]);
    }
    const posted = await ask(`${url}/queues`, { method: 'POST', headers: BROWSER });
    expect(posted.status).toBe(404);
  });

  test('the mount without its slash leads to the one with it', async () => {
    const url = await served({ basePath: '/a/o:p' });
    const { status, headers } = await look(`${url}?x=1&y=%2F`);
    expect([status, headers.get('location')]).toEqual([308, './o:p/?x=1&y=%2F']);
    expect((await open(url)).root).toBe(`${url}/`);
  });

  test.each([
    ['a prefix that a proxy takes away', '/tools/', '/', {}],
    ['a prefix that a proxy puts before it', '/', '/ops/', { basePath: '/ops' }],
    ['one path for another', '/tools/q/', '/ops/', { basePath: '/ops' }],
  ])('%s needs no setting', async (_what, from, to, options) => {
    const origin = new URL(await served(options)).origin;
    const proxy = await proxied(origin, from, to);
    for (const path of DEEP)
      expect((await open(`${proxy}${from}${path}`)).root).toBe(`${proxy}${from}`);
  });

  test('`publicUrl` with a path says where all is, also at the prefix without its slash', async () => {
    const publicUrl = 'https://ops.example.com/tools/q&amp/';
    const proxy = await proxied(await served({ publicUrl }), '/tools/q&amp', '');
    for (const path of ['', '/', '/queues/mails'])
      expect((await open(`${proxy}/tools/q&amp${path}`)).root).toBe(`${proxy}/tools/q&amp/`);
    const mounted = await served({ publicUrl, basePath: '/ops' });
    const { headers } = await look(`${mounted}?a`);
    expect(headers.get('location')).toBe('/tools/q&amp/?a');
    const odd = await served({ publicUrl: 'https://ops.example.com//evil.example/' });
    expect((await look(`${odd}/queues`)).text).toContain('<base href="/evil.example/"');
  });

  test.each([
    '/assets/../index.html',
    '/assets/..%2f..%2fpackage.json',
    '/%2e%2e/package.json',
    '/..%5cpackage.json',
    '/assets/%00.js',
    '//etc/passwd',
    '/assets//etc/passwd',
  ])('%s leads to no file', async (path) => {
    const { hostname, port } = new URL(await served());
    const socket = connect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(answer).not.toMatch(/drover"|root:|<html/);
  });
});

describe('files', () => {
  const sizeOf = (name: string): number => statSync(join(BUILT, 'assets', name)).size;
  const scripts = readdirSync(join(BUILT, 'assets')).filter((name) => name.endsWith('.js'));
  const asset = `/assets/${scripts.sort((a, b) => sizeOf(b) - sizeOf(a))[0]}`;

  /** As it travels: `fetch` would decompress it. */
  async function raw(url: string, encodings: string): Promise<{ coding: unknown; bytes: Buffer }> {
    const sent = send(url, { headers: { 'accept-encoding': encodings } }).end();
    const [answer] = await once(sent, 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    expect(answer.headers.vary).toBe('Accept-Encoding');
    expect(Number(answer.headers['content-length'])).toBe(bytes.length);
    return { coding: answer.headers['content-encoding'], bytes };
  }

  test('travel as their client likes them', async () => {
    const url = `${await served()}${asset}`;
    const plain = await raw(url, 'identity');
    const small = await raw(url, 'gzip, deflate, br');
    expect([plain.coding, small.coding]).toEqual([undefined, 'br']);
    expect(small.bytes.length).toBeLessThan(plain.bytes.length * 0.6);
    expect(brotliDecompressSync(small.bytes).equals(plain.bytes)).toBe(true);
    const zipped = await raw(url, 'GZIP;q=0.5, br;q=0');
    expect([zipped.coding, gunzipSync(zipped.bytes).equals(plain.bytes)]).toEqual(['gzip', true]);
    expect((await raw(url, 'deflate, brx')).coding).toBeUndefined();
  });

  test('are kept, for ever where their name changes, and are not sent again', async () => {
    const url = await served();
    const all: [path: string, caching: string, type: string][] = [
      [asset, 'public, max-age=31536000, immutable', 'text/javascript; charset=utf-8'],
      ['/icon.svg', 'no-cache', 'image/svg+xml'],
      ['/licenses.md', 'no-cache', 'text/plain; charset=utf-8'],
      ['/', 'no-cache', 'text/html; charset=utf-8'],
    ];
    for (const [path, caching, type] of all) {
      const { headers, status } = await look(`${url}${path}`);
      expect([status, headers.get('cache-control'), headers.get('content-type')]).toEqual([
        200,
        caching,
        type,
      ]);
      const known = { 'if-none-match': headers.get('etag')! };
      const again = await look(`${url}${path}`, known);
      expect([path, again.status, again.text]).toEqual([path, 304, '']);
      const head = await ask(`${url}${path}`, { method: 'HEAD', headers: BROWSER });
      expect([head.status, head.text, head.headers.get('etag')]).toEqual([
        200,
        '',
        known['if-none-match'],
      ]);
      for (const { headers: each } of [again, head, await look(`${url}/nothing`)]) {
        expect(each.get('content-security-policy')).toContain("script-src 'self'");
        expect(each.get('x-content-type-options')).toBe('nosniff');
      }
    }
    // Its base is part of a page.
    const [one, other] = [await look(`${url}/queues`), await look(`${url}/queues/a`)];
    expect(one.headers.get('etag')).not.toBe(other.headers.get('etag'));
  });
});

describe('who gets in', () => {
  test('pages and files need nobody, and the API stays closed', async () => {
    const url = await served({ access: PASSWORD, open: [] });
    for (const path of ['/', '/queues/mails', '/icon.svg'])
      expect([path, (await look(`${url}${path}`)).status]).toEqual([path, 200]);
    for (const path of ['/api/v1', '/api/v1/me', '/metrics', '/health/live'])
      expect([path, (await look(`${url}${path}`)).status]).toEqual([path, 401]);
  });

  test('a link of another site may lead to a page; its scripts load none', async () => {
    const { fetch } = http(createCoordinator()); // The client of the tests would say its own mode.
    const statusOf = async (path: string, mode: string) => {
      const headers = { ...BROWSER, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': mode };
      return (await fetch(new Request(`http://localhost${path}`, { headers }))).status;
    };
    for (const path of ['/', '/queues', '/icon.svg']) {
      expect([path, await statusOf(path, 'no-cors')]).toEqual([path, 403]);
      expect([path, await statusOf(path, 'navigate')]).toEqual([path, 200]);
    }
  });

  const as = (password: string) => ({ authorization: `Basic ${btoa(`ann:${password}`)}` });

  test('signing in asks until the password is right, then leads to the root', async () => {
    const url = await served({ access: PASSWORD, basePath: '/ops' });
    for (const headers of [{}, as('wrong')]) {
      const asked = await look(`${url}/sign-in`, headers);
      expect([asked.status, asked.headers.get('www-authenticate')]).toEqual([
        401,
        'Basic realm="drover", charset="UTF-8"',
      ]);
      expect(asked.text).toContain('<base href="./"'); // Put away, the page shows.
    }
    const { status, headers } = await look(`${url}/sign-in`, as('correct horse'));
    expect([status, headers.get('location'), headers.get('cache-control')]).toEqual([
      303,
      './',
      'no-store',
    ]);
    const foreign = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
    const embedded = await look(`${url}/sign-in`, foreign);
    expect([embedded.status, embedded.headers.get('www-authenticate')]).toEqual([403, null]);
  });

  test('whoever tries passwords must wait, also with the right one', async () => {
    const url = await served({ access: PASSWORD });
    for (let tries = 0; tries < 5; tries++)
      expect((await look(`${url}/sign-in`, as(`wrong ${tries}`))).status).toBe(401);
    const limited = await look(`${url}/sign-in`, as('correct horse'));
    expect([limited.status, limited.json().code]).toEqual([429, 'RATE_LIMITED']);
  });

  test("the dashboard's own requests are not answered with a question for a password", async () => {
    const url = await served({ access: PASSWORD });
    const challenge = async (headers: Record<string, string>) =>
      (await ask(`${url}/api/v1/me`, { headers })).headers.get('www-authenticate');
    expect(await challenge({ 'x-drover': '1' })).toBe('Bearer realm="drover"');
    expect(await challenge({ 'x-drover': '1', ...as('wrong') })).toBe('Bearer realm="drover"');
    expect(await challenge({})).toContain('Basic');
  });

  test.each<[HttpOptions, object]>([
    [{}, { environment: null, signIn: ['token'], isReadOnly: false }],
    [
      { access: PASSWORD, readOnly: true },
      { environment: null, signIn: ['password', 'token'], isReadOnly: true },
    ],
    [
      { access: { ...PASSWORD, tokens: false } },
      { environment: null, signIn: ['password'], isReadOnly: false },
    ],
    [
      { access: { tokens: false, authorize: () => null } },
      { environment: null, signIn: [], isReadOnly: false },
    ],
    [
      { dashboard: { environment: '</script><b>$&"ü' } },
      { environment: '</script><b>$&"ü', signIn: ['token'], isReadOnly: false },
    ],
  ])('a page is told how to sign in and nothing of the rest: %j', async (options, settings) => {
    const { text } = await look(await served(options));
    expect(settingsOf(text)).toEqual(settings);
    expect(text).not.toContain('</script><b>');
  });

  test('a process that may change nothing says so', async () => {
    const { url } = await listen(createCoordinator({ readOnly: true }), { port: 0 });
    expect(settingsOf((await look(url)).text)).toMatchObject({ isReadOnly: true });
  });
});

describe('the build', () => {
  function folder(): string {
    const dir = mkdtempSync(join(tmpdir(), 'drover-pages-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    return dir;
  }

  test('may be elsewhere, is read once, and only files of a page are served', async () => {
    const directory = folder();
    cpSync(BUILT, directory, { recursive: true });
    writeFileSync(join(directory, '.env'), 'secret');
    writeFileSync(join(directory, 'notes.txt'), 'secret');
    const url = await served({ dashboard: { directory } });
    rmSync(directory, { recursive: true });
    expect((await open(url)).scripts).toBeGreaterThan(0);
    for (const path of ['/.env', '/notes.txt'])
      expect([path, (await ask(`${url}${path}`)).status]).toEqual([path, 404]);
  });

  test('may be left out; the rest is as it was', async () => {
    const url = await served({ dashboard: false, basePath: '/ops', access: PASSWORD });
    for (const path of ['', '/', '/queues', '/icon.svg', '/sign-in']) {
      const { status, headers } = await look(`${url}${path}`);
      expect([path, status]).toEqual([path, 404]);
      expect(headers.get('content-type')).toBe('application/problem+json');
    }
    expect((await look(`${url}/health/live`)).status).toBe(200);
  });

  test.each<[NonNullable<HttpOptions['dashboard']>, RegExp]>([
    [
      { directory: '/nowhere/at/all' },
      /`dashboard\.directory`.*dist\/dashboard.*\/nowhere\/at\/all/,
    ],
    [{ directory: tmpdir() }, /`dashboard\.directory`/],
    [{ environment: '' }, /`dashboard\.environment`/],
    [{ environment: 'x'.repeat(41) }, /`dashboard\.environment`/],
  ])('is refused when it is %j', (dashboard, message) => {
    expect(() => http(createCoordinator(), { dashboard })).toThrow(message);
    expect(() => http(createCoordinator(), { dashboard })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});
