/**
 * A number of slots that never changes: so many times p99 of the load, which only an oracle knows.
 */
import type { PolicyKind } from '../policy.ts';

export function fixedSize(factor: number): PolicyKind {
  return {
    name: `static ${factor}`,
    family: 'static',
    create({ oracle, min, max }) {
      const slots = Math.min(max, Math.max(min, Math.ceil(factor * oracle.loadP99)));
      return {
        everySeconds: 60,
        victims: 'idle-first',
        readopts: false,
        startsWith: slots,
        decide: () => slots,
      };
    },
  };
}
