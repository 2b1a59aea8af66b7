/** Rules that are written in two ways, and rules that differ. */
import { expect, test } from 'vitest';
import { allowedBy, meaningsOf } from './acl-rules.ts';

const categories = new Map([
  ['hash', ['hget', 'hset', 'hvals']],
  ['admin', ['config|get', 'config|set']],
]);

test.each([
  ['+hget +hset', '+@hash -hvals'],
  ['+@all -config -hvals -hset', '+hget'],
  ['+config|get +config|set', '+config'],
  ['+@hash nocommands +hget', '-@all +HGET'],
])('%s allows what %s allows', (left, right) => {
  const [a, b] = [left, right].map((text) => [...allowedBy(text.split(' '), categories)].sort());
  expect(a!.filter((name) => name !== 'config')).toEqual(b!.filter((name) => name !== 'config'));
});

test('users are compared by what they may do, and not by words or order', () => {
  const of = (line: string): string | undefined => meaningsOf([line], categories).get('app');
  const one = of('user app on #aa ~b ~a -@all +hget +hset');
  expect(of('user app on #bb resetchannels ~a ~b -@all +@hash -hvals')).toBe(one);
  expect(of('user app off #aa ~b ~a -@all +hget +hset')).not.toBe(one);
  expect(of('user app on #aa ~b -@all +hget +hset')).not.toBe(one);
  expect(of('user app on #aa ~b ~a -@all +hget')).not.toBe(one);
});
