import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Spool } from './spool.ts';

function createSpool(): { folder: string; spool: Spool } {
  const folder = mkdtempSync(join(tmpdir(), 'drover-spool-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const writer = { host: 'here', pid: process.pid };
  const bounds = { maxJobs: 10, maxBytes: 10_000 };
  return { folder, spool: new Spool({ ...bounds, folder, writer, announce: () => {} }) };
}

/** What a process has left that has stopped, with nothing in it. @returns its files */
function leaveEmpty(folder: string): string[] {
  const files = ['.1.spool', '.alive'].map((end) => `00000000-0000-4000-8000-000000000000${end}`);
  writeFileSync(join(folder, files[0]!), '');
  writeFileSync(join(folder, files[1]!), JSON.stringify({ host: '', pid: 0 }));
  return files;
}

test('a look that is under way when it is closed ends first, and takes nothing over any more', async () => {
  const { folder, spool } = createSpool();
  await spool.open();
  const left = leaveEmpty(folder);
  const looking = spool.look();
  await spool.close();
  await looking;
  // For the next process to take over.
  expect(readdirSync(folder).sort()).toEqual(left);
});

test('a look at what others have left takes it over, and lets go of what is empty', async () => {
  const { folder, spool } = createSpool();
  await spool.open();
  leaveEmpty(folder);
  await spool.look();
  expect(readdirSync(folder).filter((name) => name.endsWith('.spool'))).toEqual([]);
  await spool.look();
  expect(readdirSync(folder)).toHaveLength(1);
  await spool.close();
  expect(readdirSync(folder)).toEqual([]);
});
