import { describe, expect, it } from 'vitest';
import { causeOf } from './fingerprint.ts';
import { normaliseMessage } from './normalise.ts';
import { isRandomWord } from './random-word.ts';
import { readStack } from './stack-frames.ts';

describe('what changes from job to job is taken out of a message', () => {
  it.each([
    ['user 3f0c7a52-2c0b-4b5a-9d0c-8a7d2f6b1c33 not found', 'user <value> not found'],
    ['user 4711 not found', 'user <value> not found'],
    ['user user_12345 not found', 'user <value> not found'],
    ['user 01JDQW8ZP3XK5V2T7N9RBMHC4A not found', 'user <value> not found'],
    ['user V1StGXR8_Z5jdHi6B-myT not found', 'user <value> not found'],
    ['user aXkQzWvTpLbNyRcMdHsJf not found', 'user <value> not found'],
    ['user deadbeef not found', 'user <value> not found'],
    ['user 507f1f77bcf86cd799439011 not found', 'user <value> not found'],
    ['no such customer: cus_NffrFeUfNV2Hib', 'no such customer: <value>'],
    ['worker-3 lost shard-12', '<value> lost <value>'],
    ['lost after 3.5 seconds, 2 retries left', 'lost after <value> retry left'],
    ['lost after 31s, 1 retry left', 'lost after <value> retry left'],
    ['host k/+8Jx0aP3qLmN5vR7tYwZ2bC4dE6fG8=', 'host <value>'],
    ['host /k+8Jx0aP3qLmN5vR7tYwZ2bC4dE6fG8=', 'host <value>'],
    ['took 1.5 s, 1,204 rows, 98%', 'took <value> row, <value>'],
    ['no answer after 3000ms', 'no answer after <value>'],
    ['no answer after 20 seconds', 'no answer after <value>'],
    ['1 item left', '<value> item left'],
    ['12 items left', '<value> item left'],
    ['missing ids: 1, 2, 3', 'missing ids: <value>'],
    ['missing ids: 7', 'missing ids: <value>'],
    ['at 2026-11-26T14:51:00.123Z it broke', 'at <value> it broke'],
    ['at 2026-11-26 14:51:00+01:00 it broke', 'at <value> it broke'],
    ['at Thu Nov 26 2026 14:51:00 GMT+0000 (Coordinated Universal Time)', 'at <value>'],
    ['at Thu, 26 Nov 2026 14:51:00 GMT it broke', 'at <value> it broke'],
    ['at 14:51:07 it broke', 'at <value> it broke'],
    ['GET https://api.example.com/v1/users/17?x=1 failed', 'GET <url> failed'],
    ['redis://user:secret@host:6379/0 refused', '<url> refused'],
    ['mail to jane.doe+tag@mail.example.com bounced', 'mail to <email> bounced'],
    ['connect ECONNREFUSED 127.0.0.1:6379', 'connect ECONNREFUSED <address>'],
    ['connect ECONNREFUSED ::1:6379', 'connect ECONNREFUSED <address>'],
    ['connect ECONNREFUSED [fe80::1ff:fe23:4567:890a]:443', 'connect ECONNREFUSED <address>'],
    ['segfault at 0x00007ffee4b2', 'segfault at <value>'],
    ["ENOENT: no such file, open '/srv/app/in/a.jpg'", 'ENOENT: no such file, open <text>'],
    ['cannot read /srv/app/in/4711.jpg', 'cannot read <path>'],
    ['cannot read C:\\uploads\\a b.jpg', 'cannot read <path> <path>'],
    ['cannot read uploads/2026/summer.jpg:12:3', 'cannot read <path>'],
    ['cannot read summer.jpg', 'cannot read <path>'],
    ['both and/or neither', 'both and/or neither'],
    ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln expired', 'token <value> expired'],
    ['hash mismatch: k8Jx+0aP3/qLmN5vR7tYwZ2bC4dE6fG8hI9jK1lM2n0=', 'hash mismatch: <value>'],
    ['unknown field "colour" of "car"', 'unknown field <text> of <text>'],
    ["can't parse 'O'Brien' of the users' list", "can't parse <text> of the users' list"],
    ['bad event {"id":1,"tags":["a","}"]} dropped', 'bad event <json> dropped'],
    ['bad event { id: 1, tags: [Array] } dropped', 'bad event <json> dropped'],
    ['[{"code":"invalid_type","path":["a"]}]', '<json>'],
    [
      'Unexpected token \'<\', "<html><b a="1">"... is not valid JSON',
      'Unexpected token <text> is not valid JSON',
    ],
    ['two\n  lines\tof it', 'two lines of it'],
    ['', ''],
  ])('%s', (message, normalised) => {
    expect(normaliseMessage(message)).toBe(normalised);
  });
});

describe('what tells causes apart stays', () => {
  it.each([
    'connect ECONNREFUSED',
    'Request failed with status code 404',
    'HTTP/1.1 503 from upstream',
    'the process exited with code 137',
    "Cannot read properties of undefined (reading 'map')",
    'spawn E2BIG',
    'ERR_HTTP2_STREAM_ERROR in the stream',
    'S3 refused the upload',
    'queue drained',
    'fetchUserPreferencesFromCache failed',
    'state-of-the-art-processing-step failed',
    'Unique constraint failed, code P2002',
  ])('%s', (message) => {
    const kept = normaliseMessage(message).replace('HTTP/<value>', 'HTTP/1.1');
    expect(kept).toBe(message);
  });

  it('status 404 is another cause than status 503', () => {
    const [a, b] = ['status code 404', 'status code 503'].map((reason) =>
      causeOf(reason, undefined),
    );
    expect(a!.fingerprint).not.toBe(b!.fingerprint);
  });
});

describe('a word without a digit', () => {
  it.each([
    'hahckFotXnebwglI-purj',
    'aXkQzWvTpLbNyRcMdHsJf',
    'bQkZxvTjpLq',
    'xkqzvbnmrtp',
    'DgqRpBSKDvFzlUrutTtuv',
  ])('%s is an id', (word) => expect(isRandomWord(word)).toBe(true));
  it.each([
    '_scheduleReconnect',
    'bullmqClusterReconnect',
    'fetchUserPreferences',
    'JobSchedulerTemplate',
    'strengths',
    'ECONNREFUSED',
    'getById',
  ])('%s is a word', (word) => expect(isRandomWord(word)).toBe(false));
});

const frames = (...lines: string[]): string => lines.map((line) => `    at ${line}`).join('\n');

describe('a stack', () => {
  it('gives function and file of the application, async or not, without line, folder and hash', () => {
    const stack = `TypeError: x\n${frames(
      'JSON.parse (<anonymous>)',
      'Resizer.run (/srv/app/dist/resize-4f2a9c1b.js:10:5)',
      'async Resizer.run [as handle] (file:///C:/app/dist/resize.js?v=17:99:1)',
      'async Promise.all (index 3)',
      'new Pool (C:\\app\\pool.js:1:1)',
      'async /srv/app/main.3e5d77.chunk.js:3:4',
      'eval (eval at compile (/srv/app/template.js:7:1), <anonymous>:1:1)',
      'Job.run (/srv/app/node_modules/bullmq/dist/job.js:1:1)',
      'process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
    )}`;
    expect(readStack(stack, 'x')).toEqual({
      type: 'TypeError',
      frames: [
        'Resizer.run resize.js',
        'Resizer.run resize.js',
        'Pool pool.js',
        '(anonymous) main.chunk.js',
        'eval template.js',
      ],
    });
  });

  it.each([
    ['/a/index-BqKxYzab.js', 'index.js'],
    ['/a/user-controller.js', 'user-controller.js'],
    ['/a/oauth2.js', 'oauth2.js'],
    ['/a/handler-v2.js', 'handler-v2.js'],
    ['/a/main.abc123.js', 'main.js'],
  ])('%s is %s', (file, name) => {
    expect(readStack(`Error\n${frames(`f (${file}:1:1)`)}`, '').frames).toEqual([`f ${name}`]);
  });

  it('of libraries alone gives those frames, of Node alone these', () => {
    const library = 'f (/a/node_modules/x/x.js:1:1)';
    const node = 'g (node:net:1:1)';
    expect(readStack(`Error\n${frames(node, library)}`, '').frames).toEqual(['f x.js']);
    expect(readStack(`Error\n${frames(node)}`, '').frames).toEqual(['g node:net']);
  });

  it('steps over a message that looks like frames, and ends at the cause', () => {
    const message = `no\n${frames('home (/x/y.js:1:1)')}`;
    const stack = `Error: ${message}\n${frames('f (/a/f.js:1:1)')}\n  [cause]: Error\n${frames('g (/a/g.js:1:1)')}`;
    expect(readStack(stack, message).frames).toEqual(['f f.js']);
  });

  it('behind a message of 10 MB is found', () => {
    const message = 'x '.repeat(5_000_000);
    const stack = `RangeError: ${message}\n${frames('f (/a/f.js:1:1)')}`;
    expect(readStack(stack, message)).toEqual({ type: 'RangeError', frames: ['f f.js'] });
    expect(readStack(stack, 'changed since').frames).toEqual(['f f.js']);
  });

  it.each([
    ['TypeError [ERR_INVALID_ARG_TYPE]: x', 'TypeError [ERR_INVALID_ARG_TYPE]'],
    ['AggregateError: x', 'AggregateError'],
    ['UnrecoverableError', 'UnrecoverableError'],
    ['my.Own$Error: x', 'my.Own$Error'],
    ['something went wrong: x', 'Error'],
    ['{"not":"a stack"}', 'Error'],
    [undefined, 'Error'],
  ])('whose first line is %s is of type %s', (stack, type) => {
    expect(readStack(stack, 'x').type).toBe(type);
  });
});

describe('the fingerprint', () => {
  const stackOf = (type: string, message: string, frame: string): string =>
    `${type}: ${message}\n${frames(`${frame} (/a/${frame}.js:1:1)`)}`;

  it('is the same for two jobs of one cause, and differs by type, code word and frame', () => {
    const of = (type: string, message: string, frame: string): string =>
      causeOf(message, stackOf(type, message, frame)).fingerprint;
    const first = of('Error', 'read ECONNRESET 192.0.2.3:80 job 17', 'send');
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(of('Error', 'read ECONNRESET 198.51.100.9:443 job a81c', 'send')).toBe(first);
    expect(of('TypeError', 'read ECONNRESET 192.0.2.3:80 job 17', 'send')).not.toBe(first);
    expect(of('Error', 'read ETIMEDOUT 192.0.2.3:80 job 17', 'send')).not.toBe(first);
    expect(of('Error', 'read ECONNRESET 192.0.2.3:80 job 17', 'receive')).not.toBe(first);
  });

  it('keeps a bounded message', () => {
    expect(causeOf('word '.repeat(1_000_000), undefined).message.length).toBeLessThanOrEqual(500);
  });

  it('of long messages does not hang on where they are cut', () => {
    const [a, b] = ['17', '4711471147114711'].map((id) =>
      causeOf(`job ${id} got {"items":[${'{"a":1},'.repeat(5_000)}{}]} and stopped`, undefined),
    );
    expect(a!.fingerprint).toBe(b!.fingerprint);
  });
});

describe('hostile messages', () => {
  const million = (piece: string): string => piece.repeat(1_000_000 / piece.length);

  // What makes patterns go back and forth; the time limit of the test is what fails when they do.
  it.each([
    'a',
    'A',
    '1',
    '-',
    '_',
    '.',
    '/',
    ':',
    '::',
    '{',
    '[',
    '{"',
    '["',
    '"',
    "'",
    "' ",
    "a'b",
    '\\\\',
    '@',
    'a@',
    'a.',
    'a/',
    '<',
    '<value>',
    '<value>,',
    '1,',
    '1:',
    '0:',
    'f:',
    '=',
    'a=',
    '+',
    ' ',
    '\n',
    '    at ',
    'at f (',
    '((',
    'eval at (',
    'Mon ',
    'http://',
    'a://',
    'eyJ',
    'é',
    '\ud83d',
  ])('one million characters of %j', (piece) => {
    const message = million(piece);
    for (const text of [message, `x ${message}`, `${message} 17 !`]) {
      expect(causeOf(text, text).message.length).toBeLessThanOrEqual(500);
      expect(causeOf(text, `Error: ${text}\n    at ${text}`).fingerprint).toHaveLength(16);
    }
  });
});
