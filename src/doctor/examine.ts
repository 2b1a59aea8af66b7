/**
 * Judges a sample by the checks of the catalogue that concern it, worst findings first. Pure.
 */
import type { Check, Severity } from './check.ts';
import { checksFor } from './checks.ts';
import { providerRemedy } from './providers.ts';
import type { Sample } from './sample.ts';

/** Something that was found. */
export interface Finding {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly seen: string;
  readonly why: string;
  readonly remedy: readonly string[];
  /** Label; null: the server. */
  readonly queue: string | null;
  readonly isFixable: boolean;
}

const ORDER: readonly Severity[] = ['critical', 'warning', 'information', 'unverified'];

/** What is wrong, worst first. */
export function examine(
  sample: Sample,
  checks: readonly Check[] = checksFor(sample),
): readonly Finding[] {
  return checks
    .flatMap((check) => findingsOf(check, sample))
    .sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

/** The worst severity of findings; null without any. */
export function worstOf(findings: readonly Finding[]): Severity | null {
  return ORDER.find((severity) => findings.some((found) => found.severity === severity)) ?? null;
}

/** As a shell takes it for one word, whatever a queue is called. */
function asWord(text: string): string {
  return /^[\w.:@%+,/=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function findingsOf(check: Check, sample: Sample): Finding[] {
  return check.judge(sample).map((verdict) => {
    const { severity, seen, queue, why } = verdict;
    const own = verdict.remedy ?? check.remedy;
    const theirs = providerRemedy(sample.provider, check.id);
    const remedy = severity === 'unverified' ? [] : (theirs ?? own);
    return {
      ...{ id: check.id, severity, title: check.title, seen, why: why ?? check.why },
      remedy:
        queue === undefined
          ? remedy
          : remedy.map((line) => line.replaceAll('<queue>', () => asWord(queue))),
      queue: queue ?? null,
      isFixable: (check.isFixable ?? false) && severity !== 'unverified' && theirs === undefined,
    };
  });
}
