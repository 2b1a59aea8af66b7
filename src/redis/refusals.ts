/**
 * What each word means with which Redis refuses commands, and what an operator does about it: one table.
 *
 * Pure. The words are the beginnings of Redis's error replies; `refusalOf` finds them.
 */

/** Word → what to do, for a log line and for health. */
export const REMEDIES: Readonly<Record<string, string>> = {
  READONLY: 'this Redis is a replica: connect to the primary, or wait until the failover is done',
  MASTERDOWN: 'this replica has lost its primary: connect to the primary',
  NOREPLICAS:
    'fewer replicas are connected than min-replicas-to-write asks for: bring one back, or lower the setting',
  OOM: 'memory is full: remove finished jobs and old events, or raise maxmemory',
  MISCONF:
    'Redis cannot save to its disk: free space and mend what its log says; do not restart it before',
  BUSY: 'a script runs for too long: redis-cli SCRIPT KILL',
  LOADING: 'Redis is reading its data after a start: wait',
  NOPERM: 'the ACL lacks a right that this user had or needs: redis-cli ACL LOG names it',
  NOAUTH: 'Redis asks for a password: set it in REDIS_URL',
  WRONGPASS: 'user or password is wrong or was changed: correct REDIS_URL',
  CLUSTERDOWN: 'the cluster has lost slots: redis-cli CLUSTER INFO',
  TRYAGAIN: 'slots are being moved: wait',
};

/** A state in which Redis answers, and refuses what jobs need. */
export interface Refusal {
  /** The word of its reply. */
  readonly reason: string;
  /** Epoch ms. */
  readonly since: number;
}

/** A refusal with its remedy, as health and logs say it. */
export function describeRefusal(reason: string): string {
  return `Redis refuses commands (${reason}): ${REMEDIES[reason] ?? 'see its log'}`;
}
