/**
 * Fingerprints many failures, and lets real jobs fail with some of them.
 */
import { Coordinator } from 'drover';
import { monotonicMs, until } from '../harness/clock.ts';
import { serve } from '../harness/serve.ts';
import { type GeneratedFailure, generateFailures } from './failure-causes.ts';

/** What this child can do. */
export interface GroupingWorker {
  /** Fingerprints so many failures. */
  fingerprint(argument: { failures: number; seed: number }): Promise<Grouped>;
  /** Lets so many jobs fail for good in one queue. */
  fail(argument: { url: string; queue: string; failures: number; seed: number }): Promise<void>;
}

/** What became of the failures. */
export interface Grouped {
  readonly groups: number;
  /** Causes in more than one group, and groups with more than one cause. */
  readonly wrong: number;
  /** One message for each cause that was split. */
  readonly examples: readonly string[];
  readonly microseconds: number;
}

interface FingerprintModule {
  causeOf(
    reason: string,
    stack: string,
  ): { readonly fingerprint: string; readonly message: string };
}

/** Not part of the public interface: read from the built package. */
const FINGERPRINT: string = new URL('../../../dist/dead-letters/fingerprint.js', import.meta.url)
  .href;
const FAIL_TIMEOUT_MS = 100_000;
const CONCURRENCY = 50;

serve<GroupingWorker>({
  async fingerprint({ failures, seed }) {
    const { causeOf } = (await import(FINGERPRINT)) as FingerprintModule;
    const groupsOf = new Map<number, Map<string, string>>();
    const causesOf = new Map<string, Set<number>>();
    let spentMs = 0;
    for (const { cause, message, stack } of generateFailures(failures, seed)) {
      const startedAt = monotonicMs();
      const made = causeOf(message, stack);
      spentMs += monotonicMs() - startedAt;
      const groups = groupsOf.get(cause) ?? new Map<string, string>();
      groupsOf.set(cause, groups.set(made.fingerprint, made.message));
      causesOf.set(made.fingerprint, (causesOf.get(made.fingerprint) ?? new Set()).add(cause));
    }
    const split = [...groupsOf.values()].filter(({ size }) => size > 1);
    const merged = [...causesOf.values()].filter(({ size }) => size > 1);
    return {
      groups: causesOf.size,
      wrong: split.length + merged.length,
      examples: split.map((groups) => [...groups.values()].slice(0, 3).join(' | ')),
      microseconds: (spentMs * 1_000) / failures,
    };
  },

  async fail({ url, queue: name, failures, seed }) {
    const coordinator = new Coordinator({ redisUrl: url, logger: false });
    await coordinator.start();
    const queue = coordinator.queue(name);
    const all = [...generateFailures(failures, seed)];
    coordinator.process(
      name,
      async ({ data }) => {
        const { type, message, stack } = data as GeneratedFailure;
        throw Object.assign(new Error(message), { name: type, stack });
      },
      CONCURRENCY,
    );
    await queue.addBulk(all.map((data) => ({ name: 'job', data, opts: { attempts: 1 } })));
    let left = failures;
    coordinator.on('job.failed', () => {
      left -= 1;
    });
    const isDone = async () =>
      left <= 0 || (await queue.getJobCountByTypes('wait', 'active')) === 0;
    await until(isDone, FAIL_TIMEOUT_MS, 'all jobs had failed');
    await coordinator.stop();
  },
});
