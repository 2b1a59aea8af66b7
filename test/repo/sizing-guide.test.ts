/** The examples of the guide on sizes are what the calculator says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseSize } from '../../src/base/units.ts';
import { sizeOf, USUAL_OPTIONS_BYTES, type Workload } from '../../src/redis/workload-size.ts';
import { root } from './sources.ts';

const MB = 1_048_576;
const text = readFileSync(join(root, 'docs/guides/redis-sizing.md'), 'utf8');
const NOTHING: Workload = {
  ...{ waiting: 0, delayed: 0, completed: 0, failed: 0, dataBytes: 0, resultBytes: 0 },
  ...{ optionsBytes: USUAL_OPTIONS_BYTES, queues: 1, processes: 1 },
};

function workloadOf(flags: string): Workload {
  const wished = [...flags.matchAll(/--(\w+) (\w+)/g)].map(([, flag, value]) => {
    const isSize = flag === 'data' || flag === 'result';
    return [isSize ? `${flag}Bytes` : flag, parseSize(value!) ?? Number(value)];
  });
  return { ...NOTHING, ...Object.fromEntries(wished) };
}

test('each example is reckoned as it is printed', () => {
  const rows = [...text.matchAll(/^\| `(--.*?)` \| (.*) \|$/gm)].filter(([, , rest]) =>
    / MB /.test(rest!),
  );
  expect(rows.length).toBeGreaterThan(4);
  for (const [, flags, printed] of rows) {
    const size = sizeOf(workloadOf(flags!));
    const [used, max, limit] = [size.usedBytes, size.maxmemoryBytes, size.memoryLimitBytes].map(
      (bytes) => Math.round(bytes / MB),
    );
    const disk = size.diskBytes / (1_024 * MB);
    expect(printed, flags).toBe(`${used} MB | ${max}mb | ${limit}mb | ${disk} GB`);
  }
});

test('what a job takes is what it is reckoned with', () => {
  const rows = [
    ...text.matchAll(
      /^\| (\d+) (bytes|KB)(?:, options of (\d+) bytes)? \| ([\d,]+) bytes \| ([\d,]+) bytes \|$/gm,
    ),
  ];
  expect(rows.length).toBeGreaterThan(4);
  for (const [row, data, unit, options, waiting, completed] of rows) {
    const { parts } = sizeOf({
      ...{ ...NOTHING, waiting: 1, completed: 1, resultBytes: 60 },
      dataBytes: Number(data) * (unit === 'KB' ? 1_024 : 1),
      optionsBytes: Number(options ?? USUAL_OPTIONS_BYTES),
    });
    const said = [waiting, completed].map((figure) => Number(figure!.replaceAll(',', '')));
    expect([parts.waiting, parts.completed], row).toEqual(said);
  }
});
