/**
 * Real lost packets: the workers live in a network namespace whose only way to Redis is taken away.
 *
 * Unlike the proxy's black hole this leaves the kernels on both sides with unanswered packets. Needs root and
 * `ip`. The addresses are from the range for benchmarks (RFC 2544), which leads nowhere.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Scenario } from '../harness/scenario.ts';

const NAMESPACE: string = `drover-${process.pid}`;
const OUTSIDE: string = `drv${process.pid % 100_000}`;
const INSIDE: string = `${OUTSIDE}i`;
const HOST = '198.18.77.1';
const WORKERS = '198.18.77.2';

function ip(...words: string[]): boolean {
  return spawnSync('ip', words, { stdio: 'ignore' }).status === 0;
}

function open(): boolean {
  process.once('exit', close);
  return (
    ip('netns', 'add', NAMESPACE) &&
    ip('link', 'add', OUTSIDE, 'type', 'veth', 'peer', 'name', INSIDE, 'netns', NAMESPACE) &&
    ip('addr', 'add', `${HOST}/30`, 'dev', OUTSIDE) &&
    ip('link', 'set', OUTSIDE, 'up') &&
    ip('-n', NAMESPACE, 'addr', 'add', `${WORKERS}/30`, 'dev', INSIDE) &&
    ip('-n', NAMESPACE, 'link', 'set', INSIDE, 'up') &&
    ip('-n', NAMESPACE, 'link', 'set', 'lo', 'up')
  );
}

function close(): void {
  process.off('exit', close);
  ip('netns', 'del', NAMESPACE);
  ip('link', 'del', OUTSIDE);
}

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux: network namespaces';
  if (process.getuid?.() !== 0) return 'needs root, to make a network namespace';
  if (!existsSync('/var/run/netns') && !ip('-V')) return 'needs `ip` (iproute2)';
  const isOpen = open();
  if (!isOpen) close();
  return isOpen ? undefined : 'this system does not let us make a network namespace';
}

export const PACKETS_CUT: Scenario = {
  ...{ name: 'packets-cut', family: 'the network fails', pace: 'slow' },
  fault: 'no packet reaches the workers for 25 s (network namespace, link down)',
  promise: 'noticed; work goes on when the network is back; at most the jobs in flight run again',
  setup: {
    workers: 1,
    config: { bind: `127.0.0.1 ${HOST}`, 'protected-mode': 'no' },
    within: ['ip', 'netns', 'exec', NAMESPACE],
    workerHost: HOST,
  },
  bounds: { repeats: 'in flight' },
  cannotRun: whyNot,
  async run(stage) {
    stage.closeLater(close);
    ip('link', 'set', OUTSIDE, 'down');
    await stage.sleep(25_000);
    ip('link', 'set', OUTSIDE, 'up');
  },
};
