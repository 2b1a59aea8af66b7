/**
 * Checks of replicas, failover, Sentinels, Cluster and addresses. Pure.
 */
import { formatSize } from '../../base/units.ts';
import {
  type Check,
  critical,
  field,
  figure,
  grown,
  information,
  judged,
  type Verdict,
  warning,
} from '../check.ts';
import { both, valueOr } from '../reading.ts';
import type { Sample } from '../sample.ts';

const FAR_BEHIND_BYTES = 1_048_576;
const LONG_AGO_SECONDS = 5;
const DOWN_SECONDS = 10;

/** More than one server. */
export const REPLICATION_CHECKS: readonly Check[] = [
  {
    id: 'CFG08',
    title: 'This server is not one that queues can write to as it is used',
    area: 'configuration',
    rule: 'a replica: critical; a cluster of several shards, or queues in one whose prefix or name has no hash tag: critical',
    why: 'A replica answers READONLY to everything; without a tag the keys of one queue lie in several slots (CROSSSLOT).',
    remedy: ['Connect to the primary', 'In Cluster: prefix {bull}, or names like {mails}'],
    judge: judgeRole,
  },
  {
    id: 'CFG09',
    title: 'All queues are on one shard of the cluster',
    area: 'configuration',
    rule: 'more than one queue, all in one slot: warning',
    why: 'The other shards do nothing.',
    remedy: ['Tag each queue by its own name: {mails}, {thumbnails}'],
    judge: ({ server }) =>
      judged(server.slots, (slots) =>
        slots.size > 1 && new Set(slots.values()).size === 1
          ? warning(`${slots.size} queues are all in slot ${[...slots.values()][0]}`)
          : undefined,
      ),
  },
  {
    id: 'REP01',
    title: 'A replica is behind',
    area: 'live',
    rule: 'link down, or more than 1 MB or 5 s behind: warning',
    why: 'What it has not received is lost when it takes over.',
    remedy: [
      'redis-cli INFO replication, on both',
      'Look at the network between them; redis-cli CONFIG SET repl-backlog-size 64mb',
    ],
    judge: judgeLink,
  },
  {
    id: 'REP02',
    title: 'No replica can take over',
    area: 'live',
    rule: 'replicas are connected and none is online: critical; Sentinels without a replica: critical',
    why: 'If this server is lost now, so are the queues.',
    remedy: [
      'Wait until a replica has its first copy',
      'redis-cli CONFIG SET repl-diskless-sync-delay 0',
    ],
    judge: judgePromotable,
  },
  {
    id: 'REP03',
    title: 'Writes are refused because replicas are missing',
    area: 'live',
    rule: 'fewer good replicas than min-replicas-to-write: critical',
    why: 'NOREPLICAS stops adds, fetches and acknowledgements.',
    remedy: ['Bring a replica back', 'redis-cli CONFIG SET min-replicas-to-write 0'],
    judge: (sample) =>
      judged(setting(sample), (least) => {
        if (least === 0) return undefined;
        const good = valueOr(figure(sample, 'min_slaves_good_slaves'), 0);
        return good < least
          ? critical(`${good} good replicas, min-replicas-to-write is ${least}`)
          : undefined;
      }),
  },
  {
    id: 'REP04',
    title: 'There was a failover or a restart',
    area: 'live',
    rule: 'another master_replid or run_id than at the last look: information',
    why: 'What the new primary had not received is gone; what was accepted in the last seconds deserves a look.',
    remedy: [
      'npx drover audit list, and npx drover job list <queue> --state completed, for the seconds before',
    ],
    judge: judgeFailover,
  },
  {
    id: 'REP05',
    title: 'Sentinels do not agree or cannot act',
    area: 'live',
    rule: 'CKQUORUM refused, or different addresses of the primary: critical',
    why: 'A lost primary is not replaced, or clients go to different servers.',
    remedy: [
      'redis-cli -p 26379 SENTINEL CKQUORUM <name>, on each',
      'Start the missing Sentinels; redis-cli -p 26379 SENTINEL RESET <name> forgets dead ones',
    ],
    judge: judgeSentinels,
  },
  {
    id: 'CLU01',
    title: 'The cluster has lost slots',
    area: 'live',
    rule: 'cluster_state not ok, or failed slots: critical',
    why: 'Queues in those slots refuse everything.',
    remedy: [
      'redis-cli --cluster check <host:port>',
      'Start the missing nodes, or redis-cli --cluster fix <host:port>',
    ],
    judge: ({ server }) =>
      judged(server.clusterState, (state) => {
        if (state.size === 0) return undefined; // No cluster.
        const failed = Number(state.get('cluster_slots_fail') ?? 0);
        const is = state.get('cluster_state');
        return is === 'ok' && failed === 0
          ? undefined
          : critical(
              `cluster_state is ${is}, ${failed} slots have failed, ${state.get('cluster_slots_assigned')} of 16384 are assigned`,
            );
      }),
  },
  {
    id: 'DNS01',
    title: "The server's name has another address now",
    area: 'live',
    rule: 'another address than the connected one: warning; and READONLY answered since the last look: critical',
    why: 'After a failover connections stay with the old primary.',
    remedy: ['It reconnects by itself on READONLY; else restart this process'],
    judge: (sample) =>
      judged(sample.server.addresses, ({ resolved, peer }) => {
        if (resolved.includes(peer)) return undefined;
        const seen = `connected to ${peer}, the name is now ${resolved.join(', ')}`;
        return valueOr(grown(sample, 'errorstat_READONLY', 'count'), { by: 0 }).by > 0
          ? critical(seen)
          : warning(seen);
      }),
  },
];

function setting(sample: Sample): ReturnType<typeof figure> {
  const value = sample.server.config;
  if (!value.isRead) return value;
  return { isRead: true, value: Number(value.value.get('min-replicas-to-write') ?? 0) };
}

function judgeRole(sample: Sample): readonly Verdict[] {
  const role = judged(field(sample, 'role'), (name) =>
    name === 'slave' || name === 'replica'
      ? critical('this server is a replica', [
          'Connect to the primary: redis-cli INFO replication names it (master_host)',
        ])
      : undefined,
  );
  if (valueOr(field(sample, 'cluster_enabled'), '0') !== '1') return role;
  const shards = Number(valueOr(sample.server.clusterState, new Map()).get('cluster_size') ?? 0);
  const spread =
    shards > 1
      ? [
          critical(
            `this is a cluster of ${shards} shards, and this connection reaches the keys of one`,
            [
              'Give Drover a single Redis or Sentinels: it does not run on several shards yet',
              'Plain BullMQ: an ioredis Cluster as its connection, and a prefix such as {bull}',
            ],
          ),
        ]
      : [];
  const labels = sample.queues.map(({ queue }) => queue);
  const untagged = (
    labels.length > 0
      ? labels.map((label) => (label.includes(':') ? label : `${sample.client.prefix} ${label}`))
      : [sample.client.prefix]
  ).filter((label) => !/\{[^}]+\}/.test(label));
  return untagged.length > 0
    ? [
        ...role,
        ...spread,
        critical(
          `this is a cluster, and there is no hash tag in ${untagged.slice(0, 5).join(', ')}`,
          ['Use a prefix with a hash tag, such as {bull}, or tag each queue: {mails}'],
        ),
      ]
    : [...role, ...spread];
}

function judgeLink(sample: Sample): readonly Verdict[] {
  return judged(sample.server.info, (info) => {
    const verdicts: Verdict[] = [];
    const link = info.get('master_link_status');
    const down = Number(info.get('master_link_down_since_seconds') ?? 0);
    if (link === 'down' && (down < 0 || down > DOWN_SECONDS))
      verdicts.push(warning(`the link to the primary is down for ${down} s`));
    const offset = Number(info.get('master_repl_offset') ?? 0);
    for (let i = 0; i < Math.min(100, Number(info.get('connected_slaves') ?? 0)); i += 1) {
      const line = info.get(`slave${i}`) ?? '';
      const behind = offset - Number(/\boffset=(\d+)/.exec(line)?.[1] ?? offset);
      const lag = Number(/\blag=(\d+)/.exec(line)?.[1] ?? 0);
      if (/\bstate=online\b/.test(line) && (behind > FAR_BEHIND_BYTES || lag > LONG_AGO_SECONDS))
        verdicts.push(
          warning(
            `${/ip=([^,]+)/.exec(line)?.[1]} is ${formatSize(Math.max(0, behind))} and ${lag} s behind`,
          ),
        );
    }
    return verdicts;
  });
}

function judgePromotable(sample: Sample): readonly Verdict[] {
  return judged(both(field(sample, 'role'), sample.server.info), ([role, info]) => {
    if (role !== 'master') return undefined;
    const count = Number(info.get('connected_slaves') ?? 0);
    const online = Array.from(
      { length: Math.min(100, count) },
      (_, i) => info.get(`slave${i}`) ?? '',
    ).filter((line) => /\bstate=online\b/.test(line)).length;
    const isExpected = count > 0 || valueOr(sample.server.sentinels, []).length > 0;
    return isExpected && online === 0
      ? critical(`${count} replicas, none of them online`)
      : undefined;
  });
}

function judgeFailover({ server, before }: Sample): readonly Verdict[] {
  if (!server.info.isRead || !before?.info.isRead) return [];
  const changed = ['master_replid', 'run_id'].filter(
    (name) =>
      server.info.isRead &&
      before.info.isRead &&
      server.info.value.get(name) !== before.info.value.get(name),
  );
  return changed.length > 0
    ? [information(`${changed.join(' and ')} changed since the last look`)]
    : [];
}

function judgeSentinels({ server }: Sample): readonly Verdict[] {
  return judged(server.sentinels, (sentinels) => {
    const bad = sentinels.filter(({ quorum }) => !quorum.startsWith('OK'));
    const primaries = new Set(sentinels.map(({ primary }) => primary));
    return [
      ...bad.map(({ address, quorum }) => critical(`${address}: ${quorum}`)),
      ...(primaries.size > 1
        ? [critical(`they name different primaries: ${[...primaries].join(', ')}`)]
        : []),
    ];
  });
}
