/**
 * What the fields of inputs mean, with an example of each, for the description of the API. A name means one thing in
 * all actions, so it stands here once; what differs in an action stands under `<action> <field>`. Plain data.
 */

/** A sentence; an example where the schema does not list all values. */
export interface FieldNote {
  readonly description: string;
  readonly examples?: readonly unknown[];
}

const note = (description: string, ...examples: readonly unknown[]): FieldNote => ({
  description,
  ...(examples.length > 0 && { examples }),
});

const DURATION = 'A duration: a number with `ms`, `s`, `m`, `h` or `d`.';
const TIME = 'A duration back from now, or epoch ms.';

/** The note of a field of an action; undefined when nobody has written one. */
export function noteOf(action: string, field: string): FieldNote | undefined {
  return FIELD_NOTES[`${action} ${field}`] ?? FIELD_NOTES[field];
}

const FIELD_NOTES: Readonly<Record<string, FieldNote>> = {
  queue: note(
    'Label of the queue: its name, or `<prefix>:<name>` under another prefix than `bull`.',
    'mails',
  ),
  job: note('Id of the job.', '17'),
  ids: note('Ids of jobs.', ['17', '18']),
  scheduler: note('Id of the scheduler.', 'nightly'),
  worker: note('Id of the process, as `workers.list` shows it.', 'web-1:4711'),
  group: note('Fingerprint of a group of dead letters.', '0f3a9c1d2b4e5f60'),
  bulk: note('Id of the bulk action.', '0mwxoz6qka731388a08ac'),
  token: note('Id of the token.', '2677ab6aa5ed'),
  name: note('Name of the job.', 'welcome'),
  'tokens.create name': note('What the token is for.', 'grafana'),
  jobName: note('Only jobs of this name, or the name of the jobs that are made.', 'welcome'),
  match: note('Only labels like this; `*` stands for any text.', 'mail*'),
  sort: note('What comes first.'),
  order: note('Which end of the state comes first.'),
  cursor: note('Where the page before said that the next one begins (`next`).'),
  limit: note('At most so many.', 50),
  state: note('Only what is in this state.'),
  'groups.set state': note('What the group is from now on.'),
  filter: note(
    'Terms that must all hold: `name:` `id:` `error:` `attempts:` `after:` `before:` and others; `-` before one turns it round.',
    'name:resize after:2h',
  ),
  reason: note('Why, for whoever wonders later.', 'provider is down'),
  confirm: note('The name of the queue once more: what is done cannot be brought back.', 'mails'),
  dryRun: note('Only say what would be done.', true),
  kind: note('What is to be done with each.'),
  to: note('Label of the queue that the jobs go to.', 'slow-mails'),
  perSecond: note('At most so many a second.', 50),
  canary: note(
    'So many go first; the rest follows when at most the tolerated part of them died again.',
  ),
  patch: note('A JSON Patch (RFC 6902) on the data of each job.', [
    { op: 'replace', path: '/size', value: 1024 },
  ]),
  withJobs: note('The failed jobs go, too.', true),
  delayed: note('Also what waits for its time.', true),
  force: note('Also while jobs are running.', true),
  olderThan: note(DURATION, '24h'),
  last: note(`How far back. ${DURATION}`, '6h'),
  resolution: note('How finely.'),
  max: note('So many jobs in the duration.', 100),
  duration: note(`In how long. ${DURATION}`, '1s'),
  concurrency: note('How many jobs run at once in the whole fleet; null: no limit.', 8),
  pattern: note('A cron pattern of five or six fields.', '0 3 * * *'),
  every: note(`Between two jobs. ${DURATION}`, '10m'),
  'metrics.history every': note('So many steps of the resolution are told as one.', 5),
  'jobs.find id': note('Id of the job that is looked for, in all queues.', '17'),
  timeZone: note('A time zone of the IANA, for the pattern.', 'Europe/Berlin'),
  data: note('Data of the job: any JSON.', { to: 'ann@example.org' }),
  options: note("BullMQ's options of the job.", { attempts: 3 }),
  priority: note('0 is before all others.', 5),
  delay: note(`From now. ${DURATION}`, '10m'),
  full: note('All of its data, however large.', true),
  children: note('Whether its children go with it.', false),
  depth: note('How many levels of the tree.', 3),
  most: note('At most so many children of a node.', 20),
  slots: note('Slots in the whole fleet.', 12),
  for: note(`How long it holds. ${DURATION}`, '2h'),
  quick: note('Only what one look tells.', true),
  profile: note('What it is compared with: the queue instance or the cache of the kit.', 'queue'),
  checks: note('Ids of checks.', ['CFG17']),
  role: note('For whom the line is.'),
  grants: note('What it may, and on which queues.', [{ may: ['viewer'], queues: ['mails-*'] }]),
  expires: note(`When it ends. ${DURATION} 90 days if it is not given.`, '30d'),
  action: note('Only entries of this action.', 'queues.pause'),
  actor: note('Only entries of this one, by name.', 'ann'),
  after: note(TIME, '24h'),
  before: note(TIME, '1h'),
  anchor: note('An anchor that was kept elsewhere: `<number>:<hash>`.', '17204:9f3c'),
  lastEventId: note('The id of the last event that was received, to go on after it.', '17'),
};
