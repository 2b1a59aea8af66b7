/** What an attempt to reach a Redis means, from what came back. */
import { expect, test } from 'vitest';
import { type Attempt, tellApart } from './reachability.ts';

const target = { host: 'redis.example', port: 6379 };
const answer = { isConnected: true, text: '', error: null, isLate: false };
const attempt: Attempt = {
  target,
  hasPassword: false,
  dnsError: null,
  asked: answer,
  otherWay: null,
};
const failed = (code: string): Attempt => ({
  ...attempt,
  asked: { ...answer, isConnected: false, error: Object.assign(new Error(code), { code }) },
});
const said = (text: string): Attempt => ({ ...attempt, asked: { ...answer, text } });

test.each<[string, Attempt]>([
  ['dns', { ...attempt, dnsError: 'ENOTFOUND', asked: null }],
  ['refused', failed('ECONNREFUSED')],
  ['timed-out', { ...attempt, asked: { ...answer, isConnected: false, isLate: true } }],
  ['silent', { ...attempt, asked: { ...answer, isLate: true } }],
  [
    'silent',
    {
      ...attempt,
      target: { ...target, tls: {} },
      asked: { ...answer, isConnected: false, isLate: true },
      otherWay: { ...answer, isLate: true },
    },
  ],
  ['closed', attempt],
  ['not-redis', said('HTTP/1.1 400 Bad Request\r\n')],
  ['tls-needed', said('\u0015\u0003\u0003')],
  ['password-needed', said('-NOAUTH Authentication required.\r\n')],
  [
    'password-wrong',
    said('-WRONGPASS invalid username-password pair\r\n-NOAUTH Authentication required.\r\n'),
  ],
  ['too-many-clients', said('-ERR max number of clients reached\r\n')],
  ['protected', said('-DENIED Redis is running in protected mode\r\n')],
  ['loading', said('-LOADING Redis is loading the dataset in memory\r\n')],
  ['answers', said('+PONG\r\n')],
  ['tls-certificate', { ...failed('SELF_SIGNED_CERT_IN_CHAIN'), target: { ...target, tls: {} } }],
  [
    'tls-not-spoken',
    {
      ...failed('EPROTO'),
      target: { ...target, tls: {} },
      otherWay: { ...answer, text: '+PONG\r\n' },
    },
  ],
])('tells apart: %s', (code, tried) => {
  const told = tellApart(tried);
  expect(told.code).toBe(code);
  expect(told.remedy.length).toBeGreaterThan(0);
});
