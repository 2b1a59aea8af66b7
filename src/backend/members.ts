/**
 * What Drover does around each member of BullMQ's `IQueueBackend`: one table.
 *
 * BullMQ adds members in minor versions; the type makes the compiler refuse a missing one, and a test
 * compares the table with the installed class. What each kind means for a lost connection:
 *
 *   local   no Redis involved
 *   socket  answered by the hub: waiting, listening, closing
 *   gate    an add: bounded by `whenDown`; lost after it was sent = OUTCOME_UNKNOWN, never sent twice
 *   fetch   held while Redis is away; lost after it was sent = looks for the job its token locked
 *   ack     held and repeated; lost after it was sent = confirmed, never carried out twice
 *   scan    the search for stalled jobs: not before Redis has been answering for a while, repeated
 *   lock    renews locks, and takes those again that ran out: held, repeated
 *   loop    part of a worker's own loop and harmless to repeat: held, repeated
 *   read    bounded, repeated
 *   write   leaves the same state when repeated: bounded, repeated
 *   once    must not be repeated: bounded; lost after it was sent = OUTCOME_UNKNOWN
 *   page    a large read: bulk socket, repeated
 *   sweep   a large write: bulk socket, not repeated
 */
import type { IQueueBackend } from 'bullmq';

/** What is done around a member. */
export type MemberKind =
  | 'local'
  | 'socket'
  | 'gate'
  | 'fetch'
  | 'ack'
  | 'scan'
  | 'lock'
  | 'loop'
  | 'read'
  | 'write'
  | 'once'
  | 'page'
  | 'sweep';

/** Members that are no part of the interface but that BullMQ calls when the backend is the Redis one. */
type RedisOnlyMember = 'getJobs' | 'addJobToTransaction';

type Member = keyof IQueueBackend | RedisOnlyMember;

/** Member → kind. */
export const MEMBERS: Readonly<Record<Member, MemberKind>> = {
  closing: 'local',
  minimumBlockTimeout: 'local',
  maximumBlockTimeout: 'local',
  on: 'local',
  once: 'local',
  removeListener: 'local',
  forQueue: 'local',
  qualifiedName: 'local',
  keys: 'local',
  toKey: 'local',
  parseNodeKey: 'local',
  clientName: 'local',
  // Writes into a transaction that its caller sends.
  addJobToTransaction: 'local',

  waitUntilReady: 'socket',
  close: 'socket',
  disconnect: 'socket',
  setName: 'socket',
  waitForJob: 'socket',
  readEvents: 'socket',
  disconnectBlocking: 'socket',
  reconnectBlocking: 'socket',
  getClientList: 'socket',

  addJob: 'gate',
  addJobs: 'gate',
  addFlow: 'gate',
  addJobScheduler: 'gate',

  moveToActive: 'fetch',

  moveToCompleted: 'ack',
  moveToFailed: 'ack',
  moveToDelayed: 'ack',
  moveToWaitingChildren: 'ack',
  moveJobFromActiveToWait: 'ack',
  retryJob: 'ack',

  extendLock: 'loop',
  extendLocks: 'lock',
  moveStalledJobsToWait: 'scan',
  updateJobSchedulerNextMillis: 'loop',

  getJobScheduler: 'read',
  isJobScheduler: 'read',
  getJobSchedulerData: 'read',
  getJobSchedulersRange: 'read',
  getJobSchedulersCount: 'read',
  getState: 'read',
  isFinished: 'read',
  isMaxed: 'read',
  isJobInState: 'read',
  getJobData: 'read',
  getDeduplicationJobId: 'read',
  getRateLimitTtl: 'read',
  getCounts: 'read',
  getCountsPerPriority: 'read',
  getDependencyCounts: 'read',
  getMetrics: 'read',
  getQueueMetaField: 'read',
  getQueueMetaFields: 'read',
  getQueueMeta: 'read',
  hasQueueMetaField: 'read',

  pause: 'write',
  updateData: 'write',
  updateProgress: 'write',
  clearLogs: 'write',
  changeDelay: 'write',
  changePriority: 'write',
  setQueueMeta: 'write',
  removeQueueMetaFields: 'write',
  setRateLimit: 'write',
  removeRateLimitKey: 'write',
  removeDeprecatedPriorityKey: 'write',
  deleteDeduplicationKey: 'write',
  removeDeduplicationKey: 'write',

  retryFinishedJob: 'once',
  promote: 'once',
  addLog: 'once',
  remove: 'once',
  removeUnprocessedChildren: 'once',
  removeChildDependency: 'once',
  removeJobScheduler: 'once',
  publishEvent: 'once',

  getJobs: 'local', // A page goes over the bulk socket; of a whole range, only the ids are read.
  getRanges: 'page',
  getJobLogs: 'page',
  getDependencies: 'page',
  getProcessedChildrenValues: 'page',
  getIgnoredChildrenFailures: 'page',
  paginate: 'page',

  drain: 'sweep',
  cleanJobsByState: 'sweep',
  obliterate: 'sweep',
  removeOrphanedJobs: 'sweep',
  retryFinishedJobs: 'sweep',
  promoteJobs: 'sweep',
  trimEvents: 'sweep',
};

/** On the way in, out, both; `away`: with it go the keys that we keep beside the jobs. */
type Carried = 'in' | 'out' | 'both' | 'away';

/**
 * Members whose arguments or answers hold payloads: data, results or progress of jobs. Decide here, too, what a new
 * member is: the judge with every payload packed fails for one that is missing.
 *
 * `getJobs` is none: BullMQ drops the jobs of its answer and reads each of them again.
 */
export const CARRIERS: Readonly<Record<string, Carried>> = {
  addJob: 'in',
  addJobs: 'in',
  addFlow: 'in',
  addJobScheduler: 'in',
  updateJobSchedulerNextMillis: 'in',
  updateData: 'in',
  updateProgress: 'in',
  moveToActive: 'out',
  moveToCompleted: 'both',
  moveToFailed: 'out',
  moveToDelayed: 'out',
  getJobData: 'out',
  getJobScheduler: 'out',
  getJobSchedulerData: 'out',
  isFinished: 'out',
  getProcessedChildrenValues: 'out',
  getDependencies: 'out',
  paginate: 'out',
  readEvents: 'out',
  obliterate: 'away',
} satisfies Partial<Record<Member, Carried>>;
