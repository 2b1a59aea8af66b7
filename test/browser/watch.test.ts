/** What no page may do is seen when one does it: all other browser tests rely on that. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, expect, test } from 'vitest';
import { expectAccessible, visit } from './support/visit.ts';
import { Watch } from './support/watch.ts';

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'self'; connect-src *; script-src 'self'",
};
const PAGE = '<!doctype html><html lang="en"><title>A page</title><main><h1>A page</h1></main>';
const SCRIPT = `
console.warn('careful');
fetch('/missing');
fetch('http://127.0.0.1:1/elsewhere').catch(() => {});
document.head.append(Object.assign(document.createElement('script'), { textContent: 'evil()' }));
setTimeout(() => { throw new Error('nobody catches me'); });
`;

let url: string;
beforeAll(async () => {
  const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
    '/': (response) => void response.writeHead(200, HEADERS).end(PAGE),
    '/bad': (response) =>
      void response.writeHead(200, HEADERS).end(`${PAGE}<script src="/bad.js"></script>`),
    '/bad.js': (response) =>
      void response.writeHead(200, { 'content-type': 'text/javascript' }).end(SCRIPT),
    '/favicon.ico': (response) => void response.writeHead(204).end(),
    '/unlabelled': (response) => void response.writeHead(200, HEADERS).end(`${PAGE}<input>`),
  };
  const server = createServer(({ url: path }, response) =>
    (answers[path!] ?? ((missing) => void missing.writeHead(404).end()))(response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return () => server.close();
});

test('a page that does everything wrong', async () => {
  const page = await visit({ url }, '/', { allow: [/./] });
  const watch = new Watch(url, [/nothing of this/]);
  await watch.attach(page.context());
  await page.goto(`${url}/bad`);
  const expected = [
    /^console warning: careful/,
    /^answer 404: GET .*\/missing/,
    /^request to another origin: http:\/\/127\.0\.0\.1:1\/elsewhere/,
    /^request failed: http:\/\/127\.0\.0\.1:1\/elsewhere/,
    /^console error: policy violation: script-src/,
    /^uncaught Error: nobody catches me/,
  ];
  for (const each of expected)
    await expect.poll(() => watch.faults.filter((fault) => each.test(fault))).not.toEqual([]);
});

test('faults that are expected are none', async () => {
  const page = await visit({ url }, '/', { allow: [/./] });
  const watch = new Watch(url, [/404/, /\/missing/]);
  await watch.attach(page.context());
  await page.evaluate(() => fetch('/missing'));
  expect(watch.faults).toEqual([]);
});

test('what axe finds is said', async () => {
  await expectAccessible(await visit({ url }, '/'));
  const page = await visit({ url }, '/unlabelled');
  await expect(expectAccessible(page)).rejects.toThrow(/label: Form elements must have labels/);
});
