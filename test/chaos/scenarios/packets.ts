/**
 * Real lost packets: the workers live in a network namespace whose only way to Redis is taken away.
 *
 * Unlike the proxy's black hole this leaves the kernels on both sides with unanswered packets. Needs root and
 * `ip`. The addresses are from the range for benchmarks (RFC 2544), which leads nowhere; each side has its own.
 */
import { spawnSync } from 'node:child_process';
import type { Scenario, Side } from '../harness/scenario.ts';

/** A namespace, and the pair of interfaces that leads there. */
interface Island {
  readonly name: string;
  readonly outside: string;
  readonly inside: string;
  readonly host: string;
  readonly workers: string;
}

function islandOf(side: Side): Island {
  const letter = side[0]!;
  const outside = `dr${letter}${process.pid % 1_000_000}`;
  const net = side === 'drover' ? '198.18.77' : '198.18.78';
  return {
    ...{ name: `drover-${letter}-${process.pid}`, outside, inside: `${outside}i` },
    ...{ host: `${net}.1`, workers: `${net}.2` },
  };
}

function ip(...words: string[]): boolean {
  return spawnSync('ip', words, { stdio: 'ignore' }).status === 0;
}

function open({ name, outside, inside, host, workers }: Island): boolean {
  return (
    ip('netns', 'add', name) &&
    ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', name) &&
    ip('addr', 'add', `${host}/30`, 'dev', outside) &&
    ip('link', 'set', outside, 'up') &&
    ip('-n', name, 'addr', 'add', `${workers}/30`, 'dev', inside) &&
    ip('-n', name, 'link', 'set', inside, 'up') &&
    ip('-n', name, 'link', 'set', 'lo', 'up')
  );
}

function close({ name, outside }: Island): void {
  ip('netns', 'del', name);
  ip('link', 'del', outside);
}

/** Opens the namespace, since only that shows whether it can be done; the run closes it. */
function whyNot(side: Side): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux: network namespaces';
  if (process.getuid?.() !== 0) return 'needs root, to make a network namespace';
  if (!ip('-V')) return 'needs `ip` (iproute2)';
  const island = islandOf(side);
  process.once('exit', () => close(island));
  if (open(island)) return undefined;
  close(island);
  return 'this system does not let us make a network namespace';
}

export const PACKETS_CUT: Scenario = {
  ...{ name: 'packets-cut', family: 'the network fails', pace: 'slow' },
  fault: 'no packet reaches the one worker for 25 s (network namespace, link down)',
  promise: 'noticed; work goes on when the network is back; at most the jobs in flight run again',
  setup(side) {
    const { name, host } = islandOf(side);
    return {
      workers: 1,
      config: { bind: `127.0.0.1 ${host}`, 'protected-mode': 'no' },
      within: ['ip', 'netns', 'exec', name],
      workerHost: host,
    };
  },
  bounds: { repeats: 'in flight' },
  cannotRun: whyNot,
  async run(stage) {
    const island = islandOf(stage.side);
    stage.closeLater(() => close(island));
    ip('link', 'set', island.outside, 'down');
    await stage.sleep(25_000);
    ip('link', 'set', island.outside, 'up');
  },
};
