/**
 * What operators may do with jobs: look at them, change single ones, and many at once.
 */
import type { OperatorSources } from '../operator-sources.ts';
import { JobBulks } from './job-bulks.ts';
import { JobChanges } from './job-changes.ts';
import { JobFinding } from './job-finding.ts';
import { JobHinting } from './job-hinting.ts';
import { JobReading } from './job-reading.ts';

/** Jobs, as operators see them. */
export class JobOperations {
  readonly reading: JobReading;
  /** Jobs by their id, in all queues. */
  readonly finding: JobFinding;
  /** What a filter can ask for. */
  readonly hints: JobHinting;
  readonly changes: JobChanges;
  /** Bulk actions on jobs. */
  readonly bulk: JobBulks;

  constructor(sources: OperatorSources) {
    this.reading = new JobReading(sources);
    this.finding = new JobFinding(sources);
    this.hints = new JobHinting(sources);
    this.changes = new JobChanges(sources);
    this.bulk = new JobBulks(sources);
  }
}
