/** What the troubleshooting page and the doctor tell people to type is understood by the real command line. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { CHECKS } from '../../src/doctor/checks.ts';
import { root } from './sources.ts';

const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
const entries = page.split(/^## /m).slice(1);

/** Whether the command line understands it; nothing is done. */
async function isUnderstood(line: string): Promise<boolean> {
  let acted = 0;
  const code = await runProgram(line.trim().split(/\s+/), async () => {
    acted += 1;
    return 0;
  });
  return code === 0 && acted === 1;
}

/** What follows `npx drover` in a sentence, up to where the sentence goes on. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/npx drover (.*?)(?= \(|[,;] |: |$)/gm)].map((match) => match[1]!);
}

test('every entry of the troubleshooting page ends in a command that the command line understands', async () => {
  expect(entries.length).toBeGreaterThan(12);
  const wrong: string[] = [];
  for (const entry of entries) {
    const line = /```\nnpx drover ([^\n]+)\n```\s*$/.exec(entry)?.[1];
    if (line === undefined || !(await isUnderstood(line))) wrong.push(entry.split('\n')[0]!);
  }
  expect(wrong).toEqual([]);
});

/** What is said, or seen, in each problem that users of such a system meet. */
const PROBLEMS = [
  ...['ECONNREFUSED', 'maxRetriesPerRequest', 'Connection timeout', 'max number of clients'],
  ...['Silent connection loss', 'Redis not configured', 'Redis retry attempt', 'MISCONF'],
  ...['ENABLE_BACKGROUND_JOBS', 'ECONNRESET', 'Failed to register', 'without job queues'],
  ...['evicted keys', 'OOM command not allowed', 'redisUrl', "package 'ioredis'", 'READONLY'],
];

test('every problem has an entry', () => {
  expect(PROBLEMS.filter((problem) => !page.includes(problem))).toEqual([]);
});

test('the checks name no command that the command line does not understand', async () => {
  const commands = CHECKS.flatMap(({ id, remedy }) =>
    commandsIn(remedy.join('\n')).map((command) => ({ id, command })),
  );
  expect(commands.length).toBeGreaterThan(20);
  const wrong: string[] = [];
  for (const { id, command } of commands)
    if (!(await isUnderstood(command))) wrong.push(`${id}: ${command}`);
  expect(wrong).toEqual([]);
});

test('commands inside the sources of checks are understood, too', async () => {
  const wrong: string[] = [];
  for (const file of ['queues', 'memory']) {
    const text = readFileSync(join(root, `src/doctor/checks/${file}.ts`), 'utf8');
    const quoted = [...text.matchAll(/'([^'\n]*npx drover [^'\n]*)'/g)].map((match) => match[1]!);
    expect(quoted.length).toBeGreaterThan(2);
    for (const command of quoted.flatMap(commandsIn))
      if (!(await isUnderstood(command))) wrong.push(command);
  }
  expect(wrong).toEqual([]);
});
