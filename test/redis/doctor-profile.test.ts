/** `--profile`: a server is compared with what the kit sets up, and one that was taken for the other is recognised. */
import { Queue } from 'bullmq';
import type { Coordinator } from 'drover';
import { listen } from 'drover/http';
import type { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import {
  KIT_SETTINGS,
  type KitSetting,
  needsRestart,
  type Profile,
} from '../../src/doctor/kit-settings.ts';
import type { DoctorReport, FindingView } from '../../src/operations/doctor/doctor-views.ts';
import { drover } from '../faces/command-line.ts';
import { createClient } from '../support/coordinators.ts';
import { found, look, obey, startLooking, startServer } from './doctors.ts';
import { startKitServer } from './kit-server.ts';

/** What this machine adds, which is not the configuration; and what no manifest here tells. */
const OF_THE_MACHINE = ['CFG13', 'LAT01', 'LAT05', 'PER02', 'PER03', 'PER05'];

interface Instance {
  readonly redis: Redis;
  readonly coordinator: Coordinator;
  /** For a user of the kit; without one for somebody with all rights. */
  readonly url: (user?: string) => string;
}

/** A server from the very file of the kit, with its users, and somebody with all rights who looks at it. */
async function startInstance(profile: Profile, args: readonly string[] = []): Promise<Instance> {
  const server = await startKitServer(profile, { args });
  const url: Instance['url'] = (user) => server.url(user);
  const redis = createClient({ url: url() });
  const coordinator = await startLooking(url(), { allowEviction: true, readOnly: true });
  return { redis, coordinator, url };
}

async function findings(
  coordinator: Coordinator,
  profile: Profile,
): Promise<readonly FindingView[]> {
  const report = await look(coordinator, { quick: true, profile });
  expect(report.profile).toBe(profile);
  return report.findings.filter(({ id }) => !OF_THE_MACHINE.includes(id));
}

const sure = (found: readonly FindingView[]): readonly FindingView[] =>
  found.filter(({ severity }) => severity !== 'unverified');

/** What a directive is changed to. */
const OTHERS: Readonly<Record<string, string>> = {
  'maxmemory-policy': 'volatile-lru',
  'maxmemory-clients': '0',
  'client-output-buffer-limit': 'normal 0 0 0 replica 0 0 0 pubsub 0 0 0',
  'client-query-buffer-limit': '1gb',
  'proto-max-bulk-len': '512mb',
  appendfsync: 'always',
  save: '3600 1',
  'auto-aof-rewrite-min-size': '32mb',
  'sanitize-dump-payload': 'no',
  'shutdown-on-sigterm': 'nosave',
  'oom-score-adj-values': '0 100 300',
  'repl-backlog-size': '1mb',
  'acl-pubsub-default': 'allchannels',
  'notify-keyspace-events': 'KEA',
  'list-max-listpack-size': '128',
  appenddirname: 'elsewhere',
  appendfilename: 'other.aof',
  dbfilename: 'other.rdb',
  'enable-debug-command': 'local',
  supervised: 'auto',
  'io-threads': '2',
};

function other({ name, value }: KitSetting): string {
  const named = OTHERS[name];
  if (named !== undefined) return named;
  if (value === 'yes') return 'no';
  if (value === 'no') return 'yes';
  expect(value, name).toMatch(/^\d+$/);
  return String(Number(value) + 1);
}

/** How other checks call a directive that they tell of. */
const CALLED: Readonly<Record<string, RegExp>> = {
  appendonly: /append-only file|snapshots only/,
  'min-replicas-to-write': /replicas/,
  save: /save/,
};

const tellsOf = (name: string, { id, seen }: FindingView): boolean =>
  id === 'KIT01'
    ? seen.startsWith(`${name} is `)
    : (CALLED[name] ?? new RegExp(`^${name} is `)).test(seen);

/** That a directive is told of once, and how. */
function expectTold(found: readonly FindingView[], setting: KitSetting): FindingView {
  const { name, ifOther, why } = setting;
  const telling = found.filter((each) => tellsOf(name, each));
  expect(telling.map(({ id }) => `${name}: ${id}`)).toEqual([expect.stringMatching(name)]);
  const [finding] = telling;
  if (finding!.id === 'KIT01') expect(finding).toMatchObject({ severity: ifOther, why });
  return finding!;
}

test.each<Profile>(['queue', 'cache'])(
  'KIT01: on a %s as the kit sets it nothing is found, and each directive that is changed is told of once, until what is said is done',
  async (profile) => {
    const { coordinator, redis } = await startInstance(profile);
    const look = async (): Promise<readonly FindingView[]> =>
      sure(await findings(coordinator, profile));
    expect(await look()).toEqual([]);
    const settable = KIT_SETTINGS[profile].filter(({ name }) => !needsRestart(name));
    // Without its file a queue instance says less of how the file is written.
    const [alone, together] = [/^(?:appendonly|min-replicas-to-write)$/, /./].map((names) =>
      settable.filter(({ name }) => names.test(name)),
    ) as [KitSetting[], KitSetting[]];
    const rounds = [
      ...alone.map((each) => [each]),
      together.filter((each) => !alone.includes(each)),
    ];
    for (const changed of rounds) {
      for (const each of changed) await redis.config('SET', each.name, other(each));
      const found = await look();
      const remedies = changed.flatMap((each) => expectTold(found, each).remedy);
      expect(found.length).toBeLessThanOrEqual(changed.length);
      for (const line of remedies) await obey(redis, coordinator, line);
      expect(await look()).toEqual([]);
    }
    expect(settable.length).toBeGreaterThan(20);
  },
  30_000,
);

test.each<Profile>(['queue', 'cache'])(
  'KIT01: what takes a restart on a %s is told with that, and names of files are not to be changed',
  async (profile) => {
    const fixed = KIT_SETTINGS[profile].filter(({ name }) => needsRestart(name));
    const args = fixed.flatMap((each) => [`--${each.name}`, other(each)]);
    const { coordinator } = await startInstance(profile, args);
    const found = sure(await findings(coordinator, profile));
    for (const each of fixed) {
      const { remedy } = expectTold(found, each);
      const isOfFiles = /^(?:append|dbfile)/.test(each.name);
      expect(remedy.join()).toMatch(isOfFiles ? /starts? empty/ : /^In redis\.conf: .* restart/);
    }
    expect(found).toHaveLength(fixed.length);
  },
);

test('CAC01 CAC02 CAC03 are found on a cache and mended as they say; another allkeys policy is a matter of taste', async () => {
  const { coordinator, redis } = await startInstance('cache');
  const patient = { coordinator, redis };
  const cache = { quick: true, profile: 'cache' };
  const expectMended = async (id: string, seen: string, fill = {}): Promise<void> => {
    const [finding] = await found(coordinator, id, cache);
    expect(finding).toMatchObject({ severity: 'warning', seen: expect.stringContaining(seen) });
    for (const line of finding!.remedy) await obey(patient.redis, coordinator, line, fill);
    expect(await found(coordinator, id, cache)).toEqual([]);
  };
  await redis.config('SET', 'maxmemory-policy', 'volatile-ttl');
  await expectMended('CAC01', 'maxmemory-policy is volatile-ttl');
  await redis.config('SET', 'maxmemory', '0');
  await expectMended('CAC02', 'no limit', { 'what the cache may take': '256mb' });
  await redis.config('SET', 'save', '60 1');
  await expectMended('CAC03', 'snapshots (save 60 1)');
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lfu');
  expect(await found(coordinator, 'CAC01', cache)).toEqual([]);
  expect(await found(coordinator, 'KIT01', cache)).toMatchObject([
    { severity: 'information', seen: expect.stringContaining('allkeys-lfu') },
  ]);
}, 20_000);

test('CAC04: queues in a cache are critical, named, and no queue is judged there', async () => {
  const { coordinator, url } = await startInstance('cache');
  const queue = new Queue('mails', { connection: createClient({ url: url() }) });
  onTestFinished(() => queue.close());
  await queue.add('send', {});
  const [first, ...rest] = sure(await findings(coordinator, 'cache'));
  expect(first).toMatchObject({ id: 'CAC04', severity: 'critical', queue: null });
  expect(first!.seen).toContain('mails');
  expect(first!.remedy.join()).toContain('REDIS_QUEUE_URL');
  expect(rest).toEqual([]);
}, 20_000);

test('KIT03: a cache taken for a queue instance and the reverse are recognised, and nothing is judged as what it is not', async () => {
  const cache = await startInstance('cache');
  const queue = await startInstance('queue');
  const jobs = new Queue('mails', { connection: createClient({ url: queue.url() }) });
  onTestFinished(() => jobs.close());
  await jobs.add('send', {});
  expect(sure(await findings(cache.coordinator, 'queue'))).toMatchObject([
    {
      id: 'KIT03',
      severity: 'critical',
      seen: 'this is a cache, and not a queue instance: maxmemory-policy allkeys-lru, no append-only file, no snapshots, no queues',
      remedy: [
        expect.stringContaining('REDIS_QUEUE_URL'),
        expect.stringMatching('--profile cache'),
      ],
    },
  ]);
  expect(sure(await findings(queue.coordinator, 'cache'))).toMatchObject([
    {
      id: 'KIT03',
      severity: 'critical',
      seen: 'this is a queue instance, and not a cache: maxmemory-policy noeviction, an append-only file, snapshots, 1 queue (mails)',
      remedy: [
        expect.stringContaining('REDIS_CACHE_URL'),
        expect.stringMatching('--profile queue'),
      ],
    },
  ]);
}, 20_000);

test.each<Profile>(['queue', 'cache'])(
  'KIT02: a %s that anybody gets into, and one without users of a file, until it is protected',
  async (profile) => {
    const policy = profile === 'cache' ? 'allkeys-lru' : 'noeviction';
    const server = await startServer({
      config: {
        bind: '*',
        'protected-mode': 'no',
        appendonly: profile === 'cache' ? 'no' : 'yes',
        'maxmemory-policy': policy,
      },
    });
    const coordinator = await startLooking(server.url, { readOnly: true, allowEviction: true });
    const input = { quick: true, profile };
    const open = await found(coordinator, 'KIT02', input);
    expect(open.map(({ severity }) => severity)).toContain('critical');
    expect(open.map(({ seen }) => seen).join()).toMatch(/bind is \*.*there is no aclfile/);
    const redis = createClient(server);
    for (const line of open[0]!.remedy) await obey(redis, coordinator, line);
    const left = await found(coordinator, 'KIT02', input);
    expect(left.map(({ severity }) => severity)).not.toContain('critical');
    expect(left.map(({ seen }) => seen)).toContain('there is no aclfile');
  },
  20_000,
);

test('settings that may not be read are unverified, and nothing is said of them', async () => {
  const { url } = await startInstance('queue');
  const app = await startLooking(url('drover-app'), { readOnly: true });
  const found = await findings(app, 'queue');
  expect(sure(found)).toEqual([]);
  for (const id of ['KIT01', 'KIT02'])
    expect(found.filter((each) => each.id === id)).toMatchObject([
      { severity: 'unverified', seen: 'the user may not run CONFIG GET', remedy: [] },
    ]);
}, 20_000);

test('--profile is asked for at the command line and over HTTP', async () => {
  const { url, coordinator } = await startInstance('cache');
  const run = (...words: string[]) => drover(['doctor', '-r', url(), '--quick', ...words]);
  const [json, words, wrong, fix] = await Promise.all([
    run('--profile', 'queue', '--json'),
    run('--profile', 'cache'),
    run('--profile', 'both'),
    run('--profile', 'cache', '--fix'),
  ]);
  expect([json.code, words.code, wrong.code, fix.code]).toEqual([1, 0, 2, 2]);
  const report = JSON.parse(json.stdout) as DoctorReport;
  expect(report).toMatchObject({ profile: 'queue', worst: 'critical' });
  expect(report.findings[0]!.id).toBe('KIT03');
  expect(words.stdout).toMatch(/checks of a cache/);
  expect(wrong.stderr).toContain('queue, cache');
  expect(fix.stderr).toContain('--fix');

  const { url: address, close } = await listen(coordinator, { port: 0 });
  onTestFinished(() => close());
  const get = (query: string) => fetch(new URL(`/api/v1/doctor?quick=true&${query}`, address));
  const answers = await Promise.all([get('profile=cache'), get('profile=none')]);
  expect(answers.map(({ status }) => status)).toEqual([200, 400]);
  expect(await answers[0]!.json()).toMatchObject({ profile: 'cache' });
}, 30_000);
