/**
 * What operators may do with jobs: look at them, change single ones, and many at once.
 */
import type { OperatorSources } from '../operator-sources.ts';
import { JobBulks } from './job-bulks.ts';
import { JobChanges } from './job-changes.ts';
import { JobReading } from './job-reading.ts';

/** Jobs, as operators see them. */
export class JobOperations {
  readonly reading: JobReading;
  readonly changes: JobChanges;
  /** Bulk actions on jobs. */
  readonly bulk: JobBulks;

  constructor(sources: OperatorSources) {
    this.reading = new JobReading(sources);
    this.changes = new JobChanges(sources);
    this.bulk = new JobBulks(sources);
  }
}
