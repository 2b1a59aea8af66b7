/**
 * What an application says about its server at its start: the checks that one INFO and two small reads decide. Pure.
 *
 * Eviction and replicas are told by the hub itself, which must not use such a server.
 */
import { CHECKS } from './checks.ts';
import { examine, type Finding } from './examine.ts';
import type { Sample } from './sample.ts';

/** Critical ones and warnings; what may not be read is nobody's concern at a start. */
export function startFindings(sample: Sample): readonly Finding[] {
  const cheap = CHECKS.filter(({ isCheap }) => isCheap);
  return examine(sample, cheap).filter(
    ({ severity }) => severity === 'critical' || severity === 'warning',
  );
}

/** A finding as a line of the log. */
export function inOneLine({ id, title, seen, remedy }: Finding): string {
  return `${title} (${id}): ${seen}. ${remedy[0] ?? ''}`.trim();
}
