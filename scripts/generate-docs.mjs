// @ts-check
/**
 * `npm run docs`: writes docs/reference/ from the catalogues, so that the pages cannot drift, and the users of the kit.
 *
 * Reads the built catalogues in dist/ and, for what exists only as types, the doc comments in src/. Log
 * lines are what the real wording says to a sample payload. With `--check` nothing is written: it lists
 * the pages that differ and ends with 1.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const target = new URL('docs/reference/', root);

/** @param {string} path */
const built = (path) => import(new URL(`dist/${path}`, root).href);
/** @param {string} path */
const source = (path) => readFile(new URL(`src/${path}`, root), 'utf8');

/** Page → its text without the first line. */
const PAGES = {
  'options.md': { from: 'src/config/options.ts', write: options },
  'errors.md': { from: 'src/errors.ts', write: errors },
  'events.md': { from: 'src/events.ts and src/log-lines.ts', write: events },
  'keys.md': { from: 'src/key-catalogue.ts', write: keys },
  'http.md': { from: 'the actions in src/operations', write: http },
  'metrics.md': { from: 'src/metrics/metric-catalogue.ts', write: metrics },
  'cli.md': { from: 'src/cli/command-table.ts', write: cli },
  'permissions.md': {
    from: 'src/access/permissions.ts and src/access/access-options.ts',
    write: permissions,
  },
  'doctor.md': { from: 'src/doctor/checks.ts', write: doctor },
  'kit-settings.md': { from: 'src/doctor/kit-settings.ts', write: kitSettings },
  'backend-members.md': { from: 'src/backend/members.ts', write: members },
};

/** One value per field name of the events; a field that is missing here stops the generator. */
const SAMPLE = {
  ...{ role: 'command', message: 'MESSAGE', reason: 'READONLY', repeated: 1 },
  ...{ afterMs: 3_200, delayMs: 100, heldMs: 1_500, deadlineMs: 25_000, tookMs: 120 },
  ...{ attempt: 1, attempts: 10, maxAttempts: 3, try: 1, final: false },
  ...{ seen: 9, expected: 8, maxClients: 10_000, finding: 'eviction', loop: 'heartbeat' },
  ...{ host: 'web-1', pid: 42, coordinators: 2 },
  ...{ stream: 'bull:thumbnails:events', from: '1764000000000-0', to: '1764000060000-3' },
  ...{ by: 'token:ann', signals: ['SIGTERM', 'SIGINT'], isGuarded: false },
  ...{ action: 'queues.pause', actor: 'token:ann', parameters: {}, address: null },
  ...{ by: 'token:ann', correlationId: '0b6c', result: 'done', code: null },
  ...{ n: 17_000, hash: '9f3c…', written: 12, lost: 0 },
  ...{ route: 'GET /api/v1/queues', stack: null, waitMs: 10_000 },
  ...{ queue: 'thumbnails', jobId: '17', jobName: 'make', concurrency: 4, hasPool: false },
  ...{ queues: 2, redis: 'ready', unfinished: 0, handedBack: 0 },
  ...{ sent: 1_200, left: 300, jobs: 300, unreadBytes: 96, lostBytes: 512 },
  ...{ path: '.drover/spool/refused.jsonl', timeoutMs: 30_000, graceMs: 5_000 },
  ...{ outcome: 'returned', lateMs: 12_000, kills: 3, rebuilds: 1 },
  ...{ restored: 2, jobIds: ['17', '18'], minutes: 55 },
  ...{ id: '0mwxoz6qka731388a08ac', kind: 'replay', actor: 'ann', total: 1_200 },
  ...{ state: 'done', done: 1_190, skipped: 10, failed: 0, undone: 0 },
  ...{ target: 5, decidedBy: 'backlog', epoch: 1_764_000_000_000 },
  ...{ pools: ['thumbnails', 'mails'], wanted: 8, capacity: 5, scaled: 1_000 },
  ...{ bytes: 850_000, maxBytes: 1_048_576 },
  ...{ store: 'files', bodies: 1_240, bytes: 96_000_000, looked: 1_300 },
  ...{ completed: 1_200, progress: 3, events: 800, freedBytes: 6_291_456 },
  ...{ usedBytes: 73_400_320, maxBytes: 67_108_864 },
  ...{ code: 'busy', reasons: [{ code: 'busy', message: 'WHY' }] },
};

/** Values of events in which a field means something else. @type {Record<string, object>} */
const OTHERWISE = {
  'dashboard.mounted': { path: '/drover' },
  'bodies.unreferenced': { graceMs: 86_400_000 },
  'queue.health-changed': { from: 'healthy', to: 'degraded' },
  'pool.scaled': {
    from: 5,
    to: 7,
    reason:
      '5 → 7 slots: 42 jobs in the system need about 27s of work, promised wait 5s; 9.8 jobs/s arrive and take 650ms each',
  },
  'logins.limited': { address: '203.0.113.7', reason: 'wrong logins' },
  'payload.large': { kind: 'result' },
  'payload.unreadable': { code: 'BODY_MISSING' },
  'pool.frozen': { reason: 'its settings cannot be read' },
  'retention.swept': { failed: 12 },
  'pools.unled': { reason: 'no process leads' },
  'workers.quieted': { reason: 'new version' },
  'pools.held-back': { reason: 'the event loop is busy 97 %' },
};

/** Further payloads of events whose wording depends on them. @type {Record<string, object[]>} */
const VARIANTS = {
  'worker.rebuilt': [{ rebuilds: 2, reason: 'its loop has ended' }],
  'connection.ready': [{ afterMs: 0 }],
  'queue.health-changed': [
    { from: 'degraded', to: 'healthy', reasons: [] },
    {
      from: 'healthy',
      to: 'paused',
      reasons: [{ code: 'paused', message: 'paused: 2 jobs wait' }],
    },
  ],
  'audit.resumed': [{ lost: 7 }],
  'job.failed': [{ final: true, attempt: 3 }],
  'ack.retried': [{ reason: 'connection lost' }],
  'pool.frozen': [{ target: null }],
  'pool.superseded': [{ queues: 1 }],
  'bulk.paused': [{ reason: '3 of the first 10 jobs died again' }],
  'bulk.finished': [{ state: 'undone', undone: 1_100 }],
  'coordinator.started': [{ redis: 'away' }],
  'coordinator.stopped': [{ handedBack: 3 }, { unfinished: 2 }],
};

/** Files of the kit that are generated as they stand. @type {Record<string, () => Promise<string>>} */
const KIT_FILES = {
  'kit/config/users-queue.acl': async () => {
    const { queueUsers } = await built('doctor/kit-users.js');
    const { readScriptCommands } = await built('doctor/script-commands.js');
    const scripts = await readScriptCommands();
    if (!scripts.isRead) throw new Error(scripts.reason);
    return queueUsers(scripts.value);
  },
  'kit/config/users-cache.acl': async () => (await built('doctor/kit-users.js')).cacheUsers(),
};

const isCheck = process.argv.includes('--check');
/** @type {string[]} */
const differing = [];
for (const [name, { from, write }] of Object.entries(PAGES)) {
  const head = `<!-- Generated by scripts/generate-docs.mjs from ${from}: change that and run \`npm run docs\`. -->`;
  await keepEqual(`docs/reference/${name}`, `${head}\n\n${(await write()).trim()}\n`);
}
for (const [path, write] of Object.entries(KIT_FILES)) await keepEqual(path, await write());
const unknown = (await readdir(target)).filter((name) => !Object.hasOwn(PAGES, name));

for (const name of differing)
  console.log(`${name} ${isCheck ? 'is out of date: run npm run docs' : 'written'}`);
for (const name of unknown)
  console.log(`docs/reference/${name} is not generated: it does not belong there`);
if (!isCheck && differing.length === 0) console.log(`${fileURLToPath(target)} is up to date`);
if (unknown.length > 0 || (isCheck && differing.length > 0)) process.exitCode = 1;

/**
 * @param {string} path
 * @param {string} text
 */
async function keepEqual(path, text) {
  const file = new URL(path, root);
  const current = await readFile(file, 'utf8').catch(() => '');
  if (current === text) return;
  differing.push(path);
  if (isCheck) return;
  await mkdir(new URL('.', file), { recursive: true });
  await writeFile(file, text);
}

async function cli() {
  const { NOUNS, EVERYWHERE, optionsOf } = await built('cli/command-table.js');
  const { EXIT } = await built('cli/failure.js');
  const meanings = {
    ok: 'done, and all is well',
    failure: 'it failed; `doctor`: something is critical',
    usage: 'the command line cannot be understood, or lacks a confirmation',
    notFound: 'what was named does not exist',
    access: 'nobody knows who asks, or they may not do this',
    unreachable: 'Redis or the server cannot be reached',
    partial: 'some of it failed: a bulk action, a mending, a group',
  };
  const codes = Object.entries(EXIT).map(([name, exit]) => [code(String(exit)), meanings[name]]);
  const flagRows = (options) =>
    table(
      ['flag', 'meaning'],
      options.map(({ flags, says, choices, isRequired }) => [
        code(flags),
        `${says}${choices ? `: ${choices.map(code).join(', ')}` : ''}${isRequired ? ' (needed)' : ''}`,
      ]),
    );
  const commandText = (command) => {
    const words = (command.arguments ?? []).map(({ name, isOptional, isMany }) =>
      isOptional ? `[${name}${isMany ? '...' : ''}]` : `<${name}>`,
    );
    const options = optionsOf(command);
    const line = ['drover', ...command.path.filter(Boolean), ...words].join(' ');
    const action = command.action ? ` Action: ${code(command.action)}.` : '';
    return [
      `### ${line.replace(/ [<[].*/, '')}`,
      `${code(line)}: ${command.says}.${action}`,
      ...(options.length > 0 ? [flagRows(options)] : []),
      `\`\`\`\n${command.examples.map((each) => `drover ${each}`).join('\n')}\n\`\`\``,
    ].join('\n\n');
  };
  const nounText = (noun) =>
    [
      ...(noun.commands[0].path[1]
        ? [`## ${noun.name}\n\n${noun.says}.${noun.alias ? ` Also ${code(noun.alias)}.` : ''}`]
        : []),
      ...noun.commands.map(commandText),
    ].join('\n\n');
  const singles = NOUNS.filter(({ commands }) => !commands[0].path[1]);
  const nouns = NOUNS.filter(({ commands }) => commands[0].path[1]);
  return `
# Command line

\`drover <noun> <verb>\`. Data goes to the standard output, messages to the standard error.

## Everywhere

${flagRows(EVERYWHERE)}

## Exit codes

${table(['code', 'meaning'], codes)}

## One word

${singles.map(nounText).join('\n\n')}

${nouns.map(nounText).join('\n\n')}
`;
}

async function options() {
  const { OPTIONS } = await built('config/options.js');
  const rows = Object.entries(OPTIONS).map(([name, option]) => [
    code(name),
    option.meaning,
    option.default,
    option.environment.split(', ').filter(Boolean).map(code).join(', '),
  ]);
  const queueRows = optionRows(await source('queues/define-queue.ts'), 'QueueTreatment');
  const processRows = optionRows(await source('workers/process-options.ts'), 'ProcessorTreatment');
  return `
# Options

Given to \`new Coordinator({ … })\`. An option wins over its environment variable; durations are milliseconds
or strings such as \`'30s'\`. A wrong value throws \`CONFIG_INVALID\` at construction and says what would be right.

${table(['option', 'meaning', 'default', 'environment'], rows)}

## Of a queue

Given to \`defineQueue(name, { … })\`, beside the shapes of its jobs: \`data\` (one schema for all jobs) or
\`jobs\` (one schema per job name), and \`result\`. A schema is any [Standard Schema](https://standardschema.dev).

${table(['option', 'meaning', 'default'], queueRows)}

## Of a processor

Given to \`coordinator.process(queue, processor, { … })\`, beside BullMQ's worker options.

${table(['option', 'meaning', 'default'], processRows)}
`;
}

/**
 * Rows for options that exist as types only.
 *
 * @param {string} text
 * @param {string} name
 */
function optionRows(text, name) {
  return readMembers(text, name).map(({ name, meaning, type }) => {
    const [text, byDefault = ''] = meaning.split('@default');
    return [code(name), text || code(type.replaceAll('readonly ', '')), byDefault];
  });
}

async function errors() {
  const { ERRORS } = await built('errors.js');
  const rows = Object.entries(ERRORS).map(([name, error]) => [
    code(name),
    error.retryable ? 'yes' : 'no',
    error.meaning,
    error.remedy,
  ]);
  return `
# Errors

What Drover itself throws or rejects with is a \`CoordinatorError\` with a stable \`code\`, \`retryable\` (whether the
same call may succeed later without a change) and, where there is one, a \`cause\`. \`ConnectionLost\` also has \`sent\`.
What BullMQ throws (\`UnrecoverableError\`, a missing job …) comes through as it is.

${table(['code', 'retryable', 'meaning', 'what to do'], rows)}
`;
}

async function events() {
  const { EventBus } = await built('events.js');
  const { writeLogLines } = await built('log-lines.js');
  /** @type {string[]} */
  let lines = [];
  /** @param {string} level */
  const level = (level) => (/** @type {object} */ _fields, /** @type {string} */ message) =>
    lines.push(`${level}: ${code(message)}`);
  const bus = new EventBus();
  writeLogLines(bus, {
    ...{ info: level('info'), warn: level('warn') },
    ...{ error: level('error'), debug: level('debug') },
  });
  const rows = readMembers(await source('events.ts'), 'CoordinatorEvents').map((event) => {
    lines = [];
    const fields = fieldsOf(event);
    for (const variant of [{}, ...(VARIANTS[event.name] ?? [])]) {
      const sample = { ...SAMPLE, ...OTHERWISE[event.name], ...variant };
      bus.announce(
        event.name,
        Object.fromEntries(Object.entries(sample).filter(([name]) => fields.includes(name))),
      );
    }
    return [code(event.name), event.meaning, payloadOf(event.type), lines.join('<br>')];
  });
  return `
# Events

Listen with \`coordinator.on(name, (payload) => …)\`; the call returns the function that ends it. Nobody waits for a
listener, and one that throws harms nobody. A \`role\` is one of \`command\`, \`wait\`, \`events\`, \`bulk\`. Each log line
carries its event's payload and \`event: <name>\` as fields; what repeats is logged at the 1st, 2nd, 4th, 8th … time.

${table(['event', 'when', 'payload', 'log line, for example'], rows)}
`;
}

async function keys() {
  const { KEYS } = await built('key-catalogue.js');
  const rows = Object.values(KEYS).map((key) => [
    code(`coordinator:${key.pattern}`),
    key.type,
    key.ttl,
    key.writer,
    key.reader,
    code(key.example),
    String(key.version),
  ]);
  return `
# Keys in Redis

All of Drover's own keys. The first part is the option \`coordinatorPrefix\`. BullMQ's keys stay BullMQ's, under its
own prefix. What has the lifetime "none" stays; every other key runs out by itself.

${table(['key', 'type', 'lifetime', 'written by', 'read by', 'example', 'version'], rows)}
`;
}

async function http() {
  const { ACTIONS } = await built('operations/actions.js');
  const { HANDLERS } = await built('operations/handlers.js');
  const { inputSchemaOf } = await built('http/request-input.js');
  /** @type {Map<string, string[][]>} */
  const groups = new Map();
  for (const [name, action] of Object.entries(ACTIONS)) {
    const group = name.split('.')[0] ?? '';
    const schema = HANDLERS[name] ? inputSchemaOf({ name }) : undefined;
    const needs = action.permission === 'open' ? '' : code(action.permission);
    const row = [
      code(action.route),
      action.says,
      needs,
      effectOf(action),
      fieldsIn(action, schema),
    ];
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  const head = ['route', 'what it does', 'permission', 'effect', 'fields'];
  const sections = [...groups].map(([group, rows]) => `## ${group}\n\n${table(head, rows)}`);
  return `
# HTTP

\`http(coordinator)\` of \`drover/http\` is one fetch handler; [the guide](../guides/http.md) tells how it is mounted, who gets
in and what a page may do. Every route is an action of the catalogue and passes the same gate as the command line.

- Fields of the path are part of the address, percent-encoded. \`GET\` and \`DELETE\` take the others from the query, an array by
  repeating its name; all other methods take them as a JSON object. A field that is not known is refused.
- A field that ends with \`?\` may be left out. What stands in \`confirm\` must be the name of the queue.
- Answers are JSON, unless said otherwise: lines are NDJSON, events are server-sent events.
- Errors are \`application/problem+json\` with \`code\` (one of [these](errors.md)), \`pointer\` to the field that is wrong,
  \`retryAfterMs\`, and \`correlationId\`, under which log and audit have the request.

${table(head, [
  [code('GET /api/v1'), 'Where to begin.', '', 'reads', ''],
  [code('GET /api/v1/openapi.json'), 'This as an OpenAPI 3.1 document.', '', 'reads', ''],
])}

${sections.join('\n\n')}
`;
}

/** @param {{ effect: string, answers?: string }} action */
function effectOf({ effect, answers = 'json' }) {
  return answers === 'json' ? effect : `${effect}; ${answers}`;
}

/**
 * @param {{ route: string }} action
 * @param {{ properties?: object, required?: string[] } | undefined} schema
 */
function fieldsIn({ route }, schema) {
  const names = Object.keys(schema?.properties ?? {}).filter((name) => !route.includes(`:${name}`));
  return names.map((name) => code(schema?.required?.includes(name) ? name : `${name}?`)).join(', ');
}

async function metrics() {
  const { METRICS } = await built('metrics/metric-catalogue.js');
  const { BUCKETS_MS } = await built('metrics/buckets.js');
  const { QUEUE_STATUSES } = await built('queues/queue-status.js');
  const rows = Object.entries(METRICS).map(([name, metric]) => [
    code(name),
    metric.help,
    metric.type,
    metric.labels.map(code).join(', '),
    metric.scope,
    metric.since,
  ]);
  return `
# Metrics

What \`GET /metrics\` answers; see [the guide](../guides/monitoring.md). Times are seconds, sizes bytes.

- Scope \`process\`: each process tells its own part since its start; add them up. A process with \`metrics: false\` tells
  nothing of jobs.
- Scope \`fleet\`: one process at a time tells it for all. While another one takes over, two may: take the maximum.
- \`queue\` is the queue's name, and \`<prefix>:<name>\` under another prefix than BullMQ's default. \`job_name\` is one of the
  first names that the process has seen in the queue; jobs of all further names are \`other\`. No label holds an id.
- \`outcome\` is \`completed\`, \`failed\` or \`dead\`; \`state\` has BullMQ's names of \`getJobCounts()\`; \`status\` is one of
  ${QUEUE_STATUSES.map(code).join(', ')}; \`role\` is a connection's: \`command\`, \`wait\`, \`events\`, \`bulk\`; \`kind\` is \`inline\`.
- BullMQ's own \`bullmq_job_completed_total\` and \`bullmq_job_failed_total\` come from keys that its workers write only when
  they are told to. Here they are true counts of this process, since its start.
- Upper bounds of the histograms' buckets, in seconds: ${BUCKETS_MS.map((ms) => ms / 1_000).join(', ')}.

${table(['metric', 'meaning', 'type', 'labels', 'scope', 'since'], rows)}
`;
}

async function permissions() {
  const { PERMISSIONS, ROLES, FLEET_WIDE } = await built('access/permissions.js');
  const { ACCESS_OPTIONS } = await built('access/access-options.js');
  const { ACTIONS } = await built('operations/actions.js');
  /** @param {string} permission */
  const actionsOf = (permission) =>
    Object.entries(ACTIONS)
      .filter(([, action]) => action.permission === permission)
      .map(([name]) => code(name))
      .join(', ');
  const roles = Object.keys(ROLES);
  const rows = Object.entries(PERMISSIONS).map(([name, allows]) => [
    code(name),
    allows,
    ...roles.map((role) => (ROLES[role].includes(name) ? 'yes' : '')),
    FLEET_WIDE.includes(name) ? 'the fleet' : 'queues',
    actionsOf(name),
  ]);
  const options = Object.entries(ACCESS_OPTIONS).map(([name, option]) => [
    code(name),
    option.meaning,
    option.default,
  ]);
  return `
# Roles and permissions

A grant is \`{ may: [roles and permissions], queues: [patterns] }\`; \`*\` in a pattern stands for any text, and without
\`queues\` it is for every queue. What no grant allows is refused. A permission on the fleet is about no queue: where it
is named, patterns do not limit it, and a role has it on every queue only. Whoever is known may ask ${actionsOf('known')}.
See [the guide](../guides/access.md).

${table(['permission', 'allows', ...roles, 'on', 'actions'], rows)}

## Options of access

How people and programs prove who they are. A wrong value throws \`CONFIG_INVALID\` and says what would be right.

${table(['option', 'meaning', 'default'], options)}
`;
}

async function doctor() {
  const { CHECKS } = await built('doctor/checks.js');
  const { QUEUES } = await built('doctor/check.js');
  const rows = CHECKS.map((/** @type {any} */ check) => [
    code(check.id),
    check.title,
    check.rule,
    check.why,
    check.remedy.map(code).join('<br>'),
    check.isFixable ? 'yes' : 'no',
    (check.profiles ?? QUEUES)
      .map((/** @type {string} */ name) => (name === 'any' ? '-' : code(name)))
      .join(', '),
  ]);
  return `
# Checks of the doctor

What \`npx drover doctor\` looks for. It only reads; what these rights do not let it read it calls unverified. A provider's
own remedy replaces the one here where one is known. \`CON00\` is the finding of a Redis that cannot be reached. The last column says with which
\`--profile\` a check is made, \`-\` being without any.

${table(['check', 'what is wrong', 'when, and how bad', 'why it matters', 'what to do', '`--fix`', '`--profile`'], rows)}

## Judged from samples only

The tests provoke the other checks of settings, rights, connections, disk, speed and replicas on real servers, and carry out what
they say. These are judged from samples alone:

${CHECKS.filter((/** @type {any} */ { notProvoked }) => notProvoked)
  .map((/** @type {any} */ { id, notProvoked }) => `- ${code(id)}: ${notProvoked}`)
  .join('\n')}
`;
}

async function kitSettings() {
  const { KIT_SETTINGS, OF_THE_MACHINE, PROFILES } = await built('doctor/kit-settings.js');
  const tables = PROFILES.map((/** @type {string} */ profile) => {
    const rows = KIT_SETTINGS[profile].map((/** @type {any} */ { name, value, ifOther, why }) => [
      code(name),
      code(value === '' ? '""' : value),
      ifOther,
      why,
    ]);
    return `## ${profile}\n\n${table(['setting', 'value', 'if it differs', 'why'], rows)}`;
  });
  return `
# Settings of the kit

What \`npx drover doctor --profile queue\` and \`--profile cache\` compare a server with, check \`KIT01\`. The configuration files of the kit have
the same values. A difference that another check tells of is left to it. What depends on the machine (${OF_THE_MACHINE.map(code).join(', ')}) is
judged by its meaning. See [tuning](../guides/redis-tuning.md).

${tables.join('\n\n')}
`;
}

async function members() {
  const { MEMBERS, CARRIERS } = await built('backend/members.js');
  const head = (await source('backend/members.ts')).split('*/')[0] ?? '';
  /** @type {Map<string, string[]>} */
  const byKind = new Map();
  for (const [member, kind] of Object.entries(MEMBERS))
    byKind.set(kind, [...(byKind.get(kind) ?? []), code(member)]);
  const rows = [...byKind].map(([kind, names]) => {
    const meaning = new RegExp(`^ \\* {3}${kind} +(.+)$`, 'm').exec(head)?.[1];
    if (!meaning) throw new Error(`src/backend/members.ts does not say what "${kind}" means`);
    return [code(kind), meaning, names.join(', ')];
  });
  const WAYS = {
    in: 'packed on the way in',
    out: 'opened on the way out',
    both: 'both',
    away: 'with its keys',
  };
  const carriers = Object.entries(WAYS).map(([way, words]) => [
    words,
    Object.keys(CARRIERS)
      .filter((member) => CARRIERS[member] === way)
      .map(code)
      .join(', '),
  ]);
  return `
# Members of the backend

What Drover does around each member of BullMQ's \`IQueueBackend\`, and what a lost connection means for it.

${table(['kind', 'what is done', 'members'], rows)}

Data, results and progress of jobs go through the codec of their queue in these members:

${table(['payloads', 'members'], carriers)}
`;
}

/**
 * The members of an interface with their doc comments.
 *
 * @param {string} text
 * @param {string} name
 * @returns {{ name: string, meaning: string, type: string }[]}
 */
function readMembers(text, name) {
  const start = text.indexOf(`export interface ${name} {`);
  if (start < 0) throw new Error(`there is no interface ${name}`);
  const body = text.slice(text.indexOf('{', start) + 1, text.indexOf('\n}', start) + 1);
  const member =
    /\/\*\*([\s\S]*?)\*\/\s*(?:readonly\s+)?'?([\w.-]+)'?\??:\s*([\s\S]*?);\n(?=\s*(?:\/\*\*|$))/g;
  return [...body.matchAll(member)].map(([, comment = '', key = '', type = '']) => ({
    name: key,
    meaning: comment
      .replace(/^\s*\* ?/gm, '')
      .replace(/\s+/g, ' ')
      .trim(),
    type: type.replace(/\s+/g, ' ').trim(),
  }));
}

/** @param {{ name: string, type: string }} event */
function fieldsOf({ name, type }) {
  const fields = [...type.matchAll(/(\w+)\??:/g)].map(([, field = '']) => field);
  for (const field of fields)
    if (!Object.hasOwn(SAMPLE, field))
      throw new Error(`scripts/generate-docs.mjs has no sample for "${field}" of ${name}`);
  return fields;
}

/** @param {string} type */
function payloadOf(type) {
  const fields = /^\{(.*?);? ?\}$/.exec(type)?.[1]?.trim();
  return fields ? code(fields) : '';
}

/** @param {string} text */
function code(text) {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
function table(head, rows) {
  /** @param {readonly string[]} cells */
  const line = (cells) =>
    `| ${cells.map((cell) => cell.trim().replace(/\|/g, '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
