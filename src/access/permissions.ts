/**
 * What may be permitted, and the roles made of it: the catalogue of permissions.
 *
 * A permission is given for queues by a pattern of their labels. Those of `FLEET_WIDE` are about no queue: whoever has
 * one has it for all. `data.read` is what data, results, progress, logs and messages of jobs are shown by; without it
 * their secret fields are hidden.
 */

/** Permission → what it allows. */
export const PERMISSIONS = {
  'queues.read':
    'See queues, their counts, health, metrics, memory, schedulers, pools and workers.',
  'jobs.read': 'See jobs, dead letters, groups and bulk actions, with secret fields hidden.',
  'data.read': 'See the data, results, progress, logs and messages of jobs as they are.',
  'jobs.add': 'Add jobs.',
  'jobs.retry': 'Run failed jobs again, and promote delayed ones.',
  'jobs.update':
    'Change data, priority and delay of jobs; with `jobs.read` and `jobs.remove`, and `jobs.add` there, move them to another queue.',
  'jobs.remove': 'Remove jobs.',
  'jobs.cancel': 'Cancel running jobs.',
  'queues.pause': 'Pause and resume queues.',
  'queues.limit': 'Set rate limits and global concurrency.',
  'queues.empty': 'Delete what waits in a queue, and clean its finished jobs.',
  'queues.obliterate': 'Delete a queue with everything in it.',
  'schedulers.edit': 'Run, change and remove schedulers.',
  'pools.scale': 'Set the target of a pool by hand.',
  'workers.quiet': 'Have a process take no new jobs, and take them again.',
  'dead-letters.replay': 'Replay dead letters, and undo it; set the state of groups.',
  'dead-letters.discard': 'Discard dead letters.',
  'redis.read': "See Redis's figures, clients, slow log and latency; run the doctor.",
  'redis.mend': 'Have the doctor mend what it can.',
  'audit.read': 'Read, export and verify the audit.',
  'tokens.manage': 'Make, list and revoke API tokens.',
} as const;

/** Name of a permission. */
export type Permission = keyof typeof PERMISSIONS;

/** Permissions that are about no queue. */
export const FLEET_WIDE: readonly Permission[] = [
  'workers.quiet',
  'redis.read',
  'redis.mend',
  'audit.read',
  'tokens.manage',
];

const VIEWER: readonly Permission[] = ['queues.read', 'jobs.read', 'redis.read'];
const OPERATOR: readonly Permission[] = [
  ...VIEWER,
  ...(['jobs.add', 'jobs.retry', 'jobs.update', 'jobs.remove', 'jobs.cancel'] as const),
  ...(['queues.pause', 'queues.limit', 'schedulers.edit', 'pools.scale', 'workers.quiet'] as const),
  'dead-letters.replay',
];

/** A role → its permissions. An operator sees no secret fields and destroys nothing but single jobs. */
export const ROLES: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: VIEWER,
  operator: OPERATOR,
  admin: Object.keys(PERMISSIONS) as Permission[],
};

/** Name of a role. */
export type Role = 'viewer' | 'operator' | 'admin';
