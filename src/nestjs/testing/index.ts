/**
 * `drover/nestjs/testing`: recorded queues in place of real ones, for unit tests that touch no Redis.
 */
export { type AddedJob, type LinkedJob, RecordedQueue, recordedQueue } from './recorded-queue.ts';
export {
  type ModuleWithQueues,
  type OverridableBuilder,
  RecordedQueues,
  recordedQueues,
  withRecordedQueues,
} from './recorded-queues.ts';
