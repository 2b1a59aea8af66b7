import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { encodeRecord } from './record.ts';
import { Segment } from './segment.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drover-segment-'));
  return () => rmSync(folder, { recursive: true, force: true });
});

const record = encodeRecord('{"n":1}');

test('what was appended is read back, and found by who takes the file over', async () => {
  const path = join(folder, 'a.spool');
  const segment = await Segment.create(path);
  const offsets = [await segment.append(record), await segment.append(record)];
  expect(await segment.read(offsets[1]!, record.length)).toBe('{"n":1}');
  const adopted = await Segment.adopt(path);
  expect(adopted.records.map(({ offset }) => offset)).toEqual(offsets);
  expect(adopted.strayBytes).toBe(0);
  await Promise.all([segment.close(), adopted.segment.close()]);
});

test('a disk that takes a batch piece by piece gets all of it before it counts', async () => {
  const probe = await open(join(folder, 'probe'), 'w');
  const handle = Object.getPrototypeOf(probe) as FileHandle;
  await probe.close();
  const write = handle.write as (...args: unknown[]) => Promise<{ bytesWritten: number }>;
  // As a disk does that becomes full: the rest needs another call.
  const piecemeal = vi.spyOn(handle, 'write').mockImplementation(function (
    this: FileHandle,
    ...[bytes, offset, length, position]: unknown[]
  ) {
    return write.call(this, bytes, offset, Math.min(length as number, 5), position);
  } as never);
  const segment = await Segment.create(join(folder, 'a.spool'));
  const offset = await segment.append(record);
  piecemeal.mockRestore();
  expect(await segment.read(offset, record.length)).toBe('{"n":1}');
  await segment.close();
});

test('a batch does not count when the file has been taken over meanwhile', async () => {
  const path = join(folder, 'a.spool');
  const segment = await Segment.create(path);
  await segment.append(record);
  renameSync(path, join(folder, 'a.of-another.spool'));
  await expect(segment.append(record)).rejects.toThrow();
  expect(segment.bytes).toBe(record.length);
  await segment.close();
});
