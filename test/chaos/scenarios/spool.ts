/**
 * Jobs that were accepted while Redis was away: `whenDown: 'spool'`.
 *
 * Whether this version has a spool is asked of the built package, once for each scenario.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scenario, Side } from '../harness/scenario.ts';
import type { Stage } from '../harness/stage.ts';

const family = 'jobs while Redis is away';
const PACKAGE: string = fileURLToPath(new URL('../../../dist/index.js', import.meta.url));

/** Makes a queue with a spool, and says the code of the error. */
const PROBE = `
  const { Coordinator, defineQueue } = await import(process.argv[1]);
  try {
    const coordinator = new Coordinator({ logger: false, spool: { path: process.argv[2] } });
    coordinator.queue(defineQueue('probe', { whenDown: 'spool' }));
    process.exit(0);
  } catch (error) {
    console.log(error.code);
    process.exit(1);
  }`;

function newFolder(stage?: Stage): string {
  const folder = mkdtempSync(join(tmpdir(), 'drover-spool-'));
  stage?.closeLater(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function hasNoSpool(side: Side): string | undefined {
  if (side === 'bare') return 'bare BullMQ has no spool';
  const folder = newFolder();
  const probe = spawnSync(process.execPath, ['--input-type=module', '-e', PROBE, PACKAGE, folder], {
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true, force: true });
  return probe.status === 0 ? undefined : `not available yet: ${probe.stdout.trim() || 'refused'}`;
}

function cannotMount(side: Side): string | undefined {
  const why = hasNoSpool(side);
  if (why !== undefined) return why;
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'needs root, to mount a tmpfs';
  const folder = newFolder();
  const isMounted = mount(folder, '1m');
  if (isMounted) unmount(folder);
  rmSync(folder, { recursive: true, force: true });
  return isMounted ? undefined : 'this system does not let us mount a tmpfs';
}

function mount(folder: string, size: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', folder]).status === 0;
}

function unmount(folder: string): void {
  spawnSync('umount', [folder]);
}

/** One worker, one job at a time: then the order can be seen. The producer is the scenario's own. */
const setup = { concurrency: 1, workers: 1, jobMs: 2, mostJobs: 20, drainMs: 20_000 };
const bounds = { inOrder: true, allWorkersResume: false, resumeMs: 10_000 };

export const SPOOL: readonly Scenario[] = [
  {
    ...{ name: 'spooled', family, setup, bounds, pace: 'usual', cannotRun: hasNoSpool },
    fault: 'Redis is killed for 4 s while jobs are added with a spool',
    promise: 'every add is accepted, each runs once, in order',
    async run(stage) {
      const spoolPath = newFolder(stage);
      const more = stage.startProducer({ whenDown: 'spool', spoolPath, mostJobs: 300 });
      await stage.until(() => stage.ledger.accepted.some((id) => id.startsWith('j2-')), 10_000);
      await stage.server.kill();
      await stage.sleep(4_000);
      await stage.server.restart();
      await more.app.line(' idle', 20_000);
      const { refused, unknown } = stage.ledger;
      stage.check(
        'every add is accepted',
        refused.size + unknown.size === 0,
        `${refused.size} refused, ${unknown.size} unknown`,
      );
    },
  },
  {
    ...{
      name: 'spooled-producer-killed',
      family,
      setup,
      pace: 'usual',
      cannotRun: hasNoSpool,
    },
    bounds: { ...bounds, addsEnd: false },
    fault: 'Redis is down, the producer spools, is killed with SIGKILL and started again',
    promise: 'what was accepted runs exactly once',
    async run(stage) {
      const spoolPath = newFolder(stage);
      const spool = { whenDown: 'spool', spoolPath } as const;
      await stage.server.kill();
      const first = stage.startProducer({ ...spool, mostJobs: 10_000 });
      await stage.until(
        () => stage.ledger.accepted.filter((id) => id.startsWith('j2-')).length >= 100,
        15_000,
      );
      first.kill();
      await first.exited;
      await stage.server.restart();
      const second = stage.startProducer({ ...spool, mostJobs: 20 });
      await second.app.line(' idle', 20_000);
      const isRun = (id: string): boolean => !id.startsWith('j2-') || stage.ledger.effects.has(id);
      await stage.until(() => stage.ledger.accepted.every(isRun), 15_000);
    },
  },
  {
    ...{ name: 'spool-disk-full', family, setup, pace: 'usual', cannotRun: cannotMount },
    // Everything has run before the run looks for what goes on.
    bounds: { ...bounds, inOrder: false, resumeMs: Number.POSITIVE_INFINITY },
    fault: 'the disk under the spool is full while Redis is down',
    promise: 'adds are refused with a typed error; what was accepted runs exactly once',
    async run(stage) {
      const spoolPath = newFolder();
      mount(spoolPath, '3m');
      stage.closeLater(() => {
        unmount(spoolPath);
        rmSync(spoolPath, { recursive: true, force: true });
      });
      await stage.server.kill();
      const spool = { whenDown: 'spool', spoolPath } as const;
      const more = stage.startProducer({ ...spool, mostJobs: 400 });
      await stage.until(() => stage.ledger.accepted.some((id) => id.startsWith('j2-')), 10_000);
      fill(join(spoolPath, 'filler'));
      await more.app.line(' idle', 20_000);
      rmSync(join(spoolPath, 'filler'));
      await stage.server.restart();
      const isRun = (id: string): boolean => stage.ledger.effects.has(id);
      await stage.until(() => stage.ledger.accepted.every(isRun), 15_000);
    },
  },
];

function fill(file: string): void {
  try {
    writeFileSync(file, Buffer.alloc(4 * 2 ** 20));
  } catch {
    // That is what was wanted: no space is left.
  }
}
