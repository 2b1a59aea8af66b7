/**
 * The faults that random runs draw from: how long each may last, and whose jobs may run again because of it.
 */
import type { Stage } from '../harness/stage.ts';
import { fillMemory, missReplicas } from './refusal.ts';
import {
  cutClients,
  forgetScripts,
  freezeRedis,
  killRedis,
  pauseClients,
  runEndlessScript,
} from './server.ts';

/** One fault that may be drawn. */
export interface Lot {
  readonly name: string;
  readonly kind: 'server' | 'network' | 'worker';
  readonly leastMs: number;
  readonly mostMs: number;
  readonly run: (stage: Stage, ms: number) => Promise<void>;
  /** Whose jobs may run again, given how long all trouble takes: those of one worker, of all, or of none. */
  readonly repeats: (troubleMs: number) => 'none' | 'one' | 'all';
}

/** Of the workers in random runs. */
export const LOCK_MS = 2_000;
/** Locks are renewed at half their time: less trouble than that cannot end one. */
const isLong = (ms: number): boolean => ms > LOCK_MS / 2;
const none = (): 'none' => 'none';

/** All of them; those of the network need a proxy. */
export const LOTS: readonly Lot[] = [
  { name: 'kill Redis', kind: 'server', leastMs: 0, mostMs: 2_500, run: killRedis, repeats: none },
  {
    ...{ name: 'freeze Redis', kind: 'server', leastMs: 200, mostMs: 3_000, run: freezeRedis },
    repeats: (ms) => (isLong(ms) ? 'all' : 'none'),
  },
  {
    ...{ name: 'pause clients', kind: 'server', leastMs: 200, mostMs: 2_500 },
    run: (stage, ms) => pauseClients(stage, ms, 'ALL'),
    repeats: (ms) => (isLong(ms) ? 'all' : 'none'),
  },
  {
    ...{ name: 'cut clients', kind: 'server', leastMs: 100, mostMs: 1_500, repeats: none },
    run: (stage, ms) => cutClients(stage, Math.ceil(ms / 150), 150),
  },
  {
    ...{ name: 'fill memory', kind: 'server', leastMs: 200, mostMs: 2_500, repeats: none },
    run: fillMemory,
  },
  {
    ...{ name: 'miss replicas', kind: 'server', leastMs: 200, mostMs: 3_000, repeats: none },
    run: missReplicas,
  },
  {
    ...{ name: 'forget scripts', kind: 'server', leastMs: 100, mostMs: 1_000, repeats: none },
    run: (stage, ms) => forgetScripts(stage, Math.ceil(ms / 100), 100),
  },
  {
    ...{ name: 'endless script', kind: 'server', leastMs: 300, mostMs: 2_000 },
    run: runEndlessScript,
    repeats: (ms) => (isLong(ms) ? 'all' : 'none'),
  },
  {
    ...{ name: 'cut network', kind: 'network', leastMs: 0, mostMs: 2_500, repeats: none },
    async run({ proxy, sleep }, ms) {
      proxy!.mode = 'refuse';
      proxy!.cut();
      await sleep(ms);
      proxy!.mode = 'pass';
    },
  },
  {
    ...{ name: 'slow network', kind: 'network', leastMs: 200, mostMs: 2_000, repeats: none },
    async run({ proxy, sleep }, ms) {
      proxy!.delay(60);
      await sleep(ms);
      proxy!.delay(0);
    },
  },
  {
    ...{ name: 'kill a worker', kind: 'worker', leastMs: 0, mostMs: 500, repeats: () => 'one' },
    async run({ fleet, sleep }, ms) {
      fleet.live[0]?.kill();
      await sleep(ms);
      await fleet.start();
    },
  },
  {
    ...{ name: 'freeze a worker', kind: 'worker', leastMs: 200, mostMs: 3_000 },
    async run({ fleet, sleep }, ms) {
      const victim = fleet.live[0];
      victim?.freeze();
      await sleep(ms);
      victim?.thaw();
    },
    repeats: (ms) => (isLong(ms) ? 'one' : 'none'),
  },
  {
    ...{ name: 'replace a worker', kind: 'worker', leastMs: 0, mostMs: 500, repeats: none },
    async run({ fleet, sleep, check }, ms) {
      const old = fleet.live[0];
      await fleet.start();
      await sleep(ms);
      const code = await old?.retire();
      check('a worker that is told to end ends with code 0', code === 0, `code ${code}`);
    },
  },
];
