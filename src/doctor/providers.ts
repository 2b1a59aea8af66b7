/**
 * Who runs a Redis, by its name and by what it says of itself, and what to do there instead of CONFIG SET. Pure.
 *
 * Managed services refuse CONFIG and ACL SETUSER: the same setting is made in their console or by their command line.
 */

/** A managed service, or a server that is not Redis itself. */
export type Provider =
  | 'elasticache'
  | 'elasticache-serverless'
  | 'memorydb'
  | 'azure'
  | 'upstash'
  | 'redis-cloud'
  | 'heroku'
  | 'render'
  | 'dragonfly'
  | 'valkey';

const BY_HOST: readonly (readonly [RegExp, Provider])[] = [
  [/\.serverless\.[\w-]+\.cache\.amazonaws\.com$/, 'elasticache-serverless'],
  [/\.cache\.amazonaws\.com$/, 'elasticache'],
  [/\.memorydb\.[\w-]+\.amazonaws\.com$/, 'memorydb'],
  [/\.redis(?:enterprise)?\.cache\.(?:windows\.net|azure\.net|azure\.com)$/, 'azure'],
  [/\.redis\.azure\.net$/, 'azure'],
  [/\.upstash\.io$/, 'upstash'],
  [/\.(?:redns\.redis-cloud|redis-cloud|redislabs|rlrcp)\.com$/, 'redis-cloud'],
  [/\.(?:compute(?:-\d)?\.amazonaws|herokuapp)\.com$/, 'heroku'],
  [/(?:^red-[\w-]+$|\.render\.com$)/, 'render'],
];

/** The service behind a name, else the flavour of the server; null for plain Redis. */
export function detectProvider(
  host: string,
  info: ReadonlyMap<string, string> | undefined,
): Provider | null {
  const byHost = BY_HOST.find(([pattern]) => pattern.test(host.toLowerCase()));
  if (byHost) return byHost[1];
  if (info?.has('dragonfly_version')) return 'dragonfly';
  if (info?.has('valkey_version') || info?.get('server_name') === 'valkey') return 'valkey';
  return null;
}

/** Provider → id of a check → what to do there. */
const REMEDIES: Partial<Record<Provider, Readonly<Record<string, readonly string[]>>>> = {
  elasticache: {
    CFG01: [
      'aws elasticache modify-cache-parameter-group --cache-parameter-group-name <your own group> --parameter-name-values ParameterName=maxmemory-policy,ParameterValue=noeviction',
      'A default parameter group cannot be changed: make your own and give it to the cluster',
    ],
    CFG03: [
      'ElastiCache keeps no append-only file on current versions: use Multi-AZ with replicas, daily snapshots, or MemoryDB for queues',
    ],
    CFG11: [
      'aws elasticache modify-cache-parameter-group --cache-parameter-group-name <your own group> --parameter-name-values ParameterName=timeout,ParameterValue=0',
    ],
    CFG05: [
      'Make users of an RBAC user group, one for each role, and give the group to the cluster',
    ],
    CFG06: [
      'aws elasticache modify-user --user-id <user> --append-access-string "<the missing +commands>"',
    ],
    REP04: ['Connections stay on the old primary after a failover: keep reconnecting on READONLY'],
  },
  'elasticache-serverless': {
    CFG01: [
      'The policy of ElastiCache Serverless is fixed (volatile-lru): it is not for queues. Use a node-based cluster with noeviction, or MemoryDB',
    ],
  },
  memorydb: {
    CFG01: [
      'aws memorydb update-parameter-group --parameter-group-name <your own group> --parameter-name-values ParameterName=maxmemory-policy,ParameterValue=noeviction',
    ],
    CFG08: ['MemoryDB is always a cluster: use a prefix with a hash tag, such as {bull}'],
    CFG06: [
      'aws memorydb update-acl, after aws memorydb update-user --access-string "<the whole line>"',
    ],
  },
  azure: {
    CFG01: [
      'az redis update --name <name> --resource-group <group> --set redisConfiguration.maxmemory-policy=noeviction',
    ],
    CFG03: [
      'az redis update --name <name> --resource-group <group> --set redisConfiguration.aof-backup-enabled=true (Premium)',
    ],
    CFG11: [
      'Azure cuts idle connections after about ten minutes: keep socketTimeout and pings on, as Drover has them',
    ],
  },
  upstash: {
    CFG01: ['Console → Database → Configuration: switch Eviction off'],
    CFG03: ['Upstash stores durably by itself: nothing to do'],
    CFG02: [
      'Console → Database: choose a plan whose size holds your queues; idle workers are billed per request: take a fixed plan',
    ],
  },
  'redis-cloud': {
    CFG01: ['Console → Database → Configuration → Data eviction policy: No eviction'],
    CFG03: ['Console → Database → Durability → Data persistence: Append-only file every 1 second'],
    CFG02: ['Console → Database → Configuration → Memory limit'],
    CFG06: [
      'Console → Access control → Redis ACLs: add the missing +commands to the rule of the role',
    ],
  },
  heroku: {
    CFG01: ['heroku redis:maxmemory <instance> --policy noeviction'],
    CFG11: ['heroku redis:timeout <instance> --seconds 0'],
  },
  render: {
    CFG01: ['Dashboard → Key Value → Maxmemory policy: noeviction'],
    CFG03: ['The free plan keeps nothing: a paid plan writes an append-only file every second'],
  },
  dragonfly: {
    CFG01: ['Start Dragonfly without --cache_mode: it then refuses instead of evicting'],
    CFG03: [
      'dragonfly --dbfilename dump --snapshot_cron "*/15 * * * *" (Dragonfly has no append-only file)',
    ],
    CFG08: [
      'dragonfly --cluster_mode=emulated --lock_on_hashtags, with queues named {like-this}; or --default_lua_flags=allow-undeclared-keys, which is slow',
    ],
  },
};

/** What to do about a check at a provider; undefined when there it is as everywhere. */
export function providerRemedy(
  provider: Provider | null,
  check: string,
): readonly string[] | undefined {
  return provider === null ? undefined : REMEDIES[provider]?.[check];
}
