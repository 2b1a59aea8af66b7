/** Words of the screen “Overview”. English. */
export const overview = {
  title: 'Overview',
  wrong: 'What is wrong now',
  nothingWrong: 'Nothing is wrong',
  nothingWasWrong: 'Nothing was wrong when the queues were last seen.',
  notKnown: 'Nothing is known of the queues yet.',
  nobodyJudges:
    'Not judged yet: a process with Drover does it within some seconds. Where none runs, the figures below are told by Redis.',
  moreWrong: (n: number) => `${n} more below: sort the table by health.`,
  wrongCount: (n: string) => `${n} queues need attention`,
  alike: (n: string) => `${n} queues`,
  since: 'for',
  causes: (n: string) => `${n} dead letters: causes`,
  totals: {
    queues: 'Queues',
    waiting: 'Waiting',
    active: 'Running',
    delayed: 'Delayed',
    failed: 'Failed, kept',
    processes: 'Processes',
    redis: 'Redis',
  },
  redisIs: { healthy: 'healthy', unhealthy: 'away', disabled: 'not configured' },
  find: 'Find a queue',
  all: 'All',
  group: 'Group',
  groups: { none: 'not at all', health: 'by health', prefix: 'by first part of the name' },
  columns: {
    queue: 'Queue',
    health: 'Health',
    waiting: 'Waiting',
    active: 'Running',
    throughput: 'Per min',
    trend: '30 min',
    errors: 'Errors',
    wait: 'Wait p95',
    oldest: 'Oldest',
    deadLetters: 'Dead',
    pool: 'Pool',
  },
  isPaused: 'paused',
  trend: (n: number) => `${n} jobs finished in the last 30 minutes`,
  objective: (objective: string, isBeyond: boolean) =>
    isBeyond ? `Beyond the objective of ${objective}` : `Within the objective of ${objective}`,
  noQueues: 'There are no queues in this Redis yet. The first job that is added makes one.',
  noneMatch: 'No queue matches.',
  selected: 'Selected queues',
  clear: 'Clear the selection',
  undo: 'Undo',
  reason: 'Why',
  reasonHint: 'It is shown to everybody who looks at the queue. Optional.',
  acts: { 'queues.pause': 'Pause', 'queues.resume': 'Resume' },
  does: {
    'queues.pause': (n: number) => (n === 1 ? 'Pause 1 queue' : `Pause ${n} queues`),
    'queues.resume': (n: number) => (n === 1 ? 'Resume 1 queue' : `Resume ${n} queues`),
  },
  says: {
    'queues.pause': (n: number) =>
      `No worker takes new jobs of ${n === 1 ? 'this queue' : `these ${n} queues`}. Running jobs go on, and jobs can still be added.`,
    'queues.resume': (n: number) =>
      `Workers take jobs of ${n === 1 ? 'this queue' : `these ${n} queues`} again.`,
  },
  alreadySo: {
    'queues.pause': (n: number) =>
      n === 1 ? '1 is paused already and stays as it is.' : `${n} are paused already and stay so.`,
    'queues.resume': (n: number) =>
      n === 1 ? '1 is not paused and stays as it is.' : `${n} are not paused and stay so.`,
  },
  done: {
    'queues.pause': (n: number) => (n === 1 ? 'Paused 1 queue' : `Paused ${n} queues`),
    'queues.resume': (n: number) => (n === 1 ? 'Resumed 1 queue' : `Resumed ${n} queues`),
  },
};
