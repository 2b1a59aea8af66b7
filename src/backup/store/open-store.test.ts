import { expect, it } from 'vitest';
import { openStore } from './open-store.ts';

const here = { cwd: '/srv/kit', env: {} };

it.each([
  ['backups', '/srv/kit/backups'],
  ['./backups/', '/srv/kit/backups'],
  ['/srv/backups', '/srv/backups'],
  ['s3://bucket', 's3://bucket/'],
  ['s3://bucket/', 's3://bucket/'],
  ['S3://bucket//a/b/', 's3://bucket/a/b/'],
])('%s is the place %s', (named, where) => {
  expect(openStore(named, here).where).toBe(where);
});

it.each([
  ['', 'is empty'],
  ['  ', 'is empty'],
  ['gs://bucket/x', '"gs://", which is not known here'],
  ['https://bucket.example.org', '"https://", which is not known here'],
  ['file:///backups', 'give the path alone'],
  ['s3://key:secret@bucket/x', 'keys and endpoint go into AWS_* variables'],
  ['s3://bucket/x?region=eu', 'keys and endpoint go into AWS_* variables'],
  ['s3://', 'can be no bucket'],
  ['s3://a_', 'can be no bucket'],
])('"%s" is refused: %s', (named, says) => {
  const open = (): unknown => openStore(named, here);
  expect(open).toThrow(says);
  expect(open).toThrow('Give a folder, or s3://bucket/prefix');
});
