/**
 * How much longer the command line takes to start than a bare Node, which does nothing.
 *
 * Both are started in turn, so that what drifts on the machine hits them alike; the figure of a round is the difference
 * of the medians.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { monotonicMs } from '../harness/clock.ts';
import { alone } from '../harness/report.ts';
import { repeat } from '../harness/rounds.ts';
import { roundsOf, type Scenario } from '../harness/scenario.ts';

const ROUNDS = 5;
const STARTS = 20;
const BAR_MS = 80;
/** From bench/dist/scenarios. */
const DROVER = fileURLToPath(new URL('../../../dist/bin/drover.js', import.meta.url));
const LINES = ['--version', '--help', 'queue --help', 'job retry --help'];

export const cliStart: Scenario = {
  name: 'cli-start',
  describe: 'cold start of `drover`, beyond that of a bare `node -e 0`',
  async run(options) {
    const starts = options.quick ? 3 : STARTS;
    const rounds = roundsOf(options, ROUNDS);
    const rows = [];
    for (const line of LINES) {
      const samples = await repeat(rounds, () => beyond([DROVER, ...line.split(' ')], starts));
      options.progress(`drover ${line}: ${samples.map((ms) => ms.toFixed(1)).join(', ')} ms`);
      rows.push(
        alone(
          { what: `drover ${line}, beyond node -e 0`, unit: 'ms', bar: BAR_MS, better: 'lower' },
          samples,
        ),
      );
    }
    return rows;
  },
};

async function beyond(args: readonly string[], starts: number): Promise<number> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let i = 0; i < starts; i++) {
    bare.push(await timeOf(['-e', '0']));
    ours.push(await timeOf(args));
  }
  return middle(ours) - middle(bare);
}

async function timeOf(args: readonly string[]): Promise<number> {
  const begun = monotonicMs();
  const [code] = await once(spawn(process.execPath, args, { stdio: 'ignore' }), 'close');
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`);
  return monotonicMs() - begun;
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
