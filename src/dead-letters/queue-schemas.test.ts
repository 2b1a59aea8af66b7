import { type } from 'arktype';
import { expect, test } from 'vitest';
import { defineQueue } from '../queues/define-queue.ts';
import { checkBySchemas } from './queue-schemas.ts';

const photos = defineQueue('photos', { data: type({ size: 'number' }) });
const mails = defineQueue('mails', { jobs: { send: type({ to: 'string' }) } });
const plain = defineQueue('plain');
const schemas = checkBySchemas((name) => [photos, mails, plain].find((each) => each.name === name));

test('only queues that are defined here with a schema are known', () => {
  const known = ['photos', 'mails', 'plain', 'other'].filter(schemas.knows);
  expect(known).toEqual(['photos', 'mails']);
});

test('what is wrong is told, without a rejection', async () => {
  expect(await schemas.validate('photos', 'any', { size: 1 })).toBeUndefined();
  expect(await schemas.validate('photos', 'any', { size: 'x' })).toContain('data.size');
  expect(await schemas.validate('mails', 'sent', {})).toContain('did you mean "send"');
  expect(await schemas.validate('other', 'any', {})).toBeUndefined();
});
