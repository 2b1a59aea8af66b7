/**
 * How long the command line takes to start and to end, against a bare `node -e 0`: interleaved, each in a process of its
 * own, as a shell would run them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { monotonicMs } from '../harness/clock.ts';
import { interleave } from '../harness/rounds.ts';
import { type Row, roundsOf, type Scenario } from '../harness/scenario.ts';
import { median } from '../harness/statistics.ts';

const ROUNDS = 21;
const MOST_MS = 80;
const CLI = fileURLToPath(new URL('../../../dist/bin/drover.js', import.meta.url));
const COMMANDS = [['--version'], ['--help'], ['queue', 'list', '--help']] as const;

export const cliStart: Scenario = {
  name: 'cli-start',
  describe: 'what the command line takes to start, more than a bare node',
  async run(options) {
    if (!existsSync(CLI)) throw new Error(`${CLI} is not there: npm run build makes it`);
    const rounds = roundsOf(options, ROUNDS);
    const rows: Row[] = [];
    for (const command of COMMANDS) {
      await time([CLI, ...command]); // Once from the disk.
      const { ours, peer } = await interleave(rounds, (side) =>
        time(side === 'ours' ? [CLI, ...command] : ['-e', '0']),
      );
      const more = median(ours) - median(peer);
      options.progress(`${command.join(' ')}: ${more.toFixed(1)} ms more`);
      rows.push({
        ...{ what: `drover ${command.join(' ')}, more than node -e 0`, unit: 'ms', bar: MOST_MS },
        ...{ ours: Math.round(more * 10) / 10, peer: null, ratio: null, better: 'lower' },
        samples: { ours, peer },
      });
    }
    return rows;
  },
};

async function time(args: readonly string[]): Promise<number> {
  const startedAt = monotonicMs();
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`);
  return monotonicMs() - startedAt;
}
