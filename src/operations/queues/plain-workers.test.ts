/** Workers of plain BullMQ, counted by the names of their connections. */
import { expect, test } from 'vitest';
import { parseClientList } from '../../redis/client-list.ts';
import { countWorkers, workerName } from './plain-workers.ts';

const lines = (...names: string[]): string =>
  names
    .map((name, i) => `id=${i} addr=web-1:${i} name=${name} age=1 idle=0 cmd=bzpopmin`)
    .join('\n');

test('named and unnamed workers count for their queue, listeners and others do not', () => {
  const mails = workerName('mails');
  const counts = countWorkers(
    parseClientList(
      lines(
        mails,
        `${mails}:w:anna`,
        `${mails}:qe`,
        workerName('eu:mails'),
        '',
        'web:bullmq-wait:h:1',
      ),
    ),
  );
  expect(counts.get(mails)).toBe(2);
  expect(counts.get(workerName('eu:mails'))).toBe(1);
  expect(counts.get(workerName('other'))).toBeUndefined();
});

test('a name is what BullMQ gives a connection', () => {
  expect(workerName('mails')).toBe('bull:bWFpbHM=');
  expect(workerName('{eu}:mails')).toBe('{eu}:bWFpbHM=');
});
