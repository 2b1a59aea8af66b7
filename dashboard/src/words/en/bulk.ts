/** Words of the screen “Bulk actions”. English. */
export const bulk = {
  title: 'Bulk actions',
  one: 'Bulk action',
  says: 'What is done to many at once. The fleet goes on with it, whoever looks or does not.',
  empty:
    'Nothing has been done to many at once yet. A replay of dead letters, or an act on all jobs that match a filter, is listed here.',
  most: (n: string) => `These are the ${n} newest.`,
  what: {
    replay: (queue: string, _to: string) => `Replay in ${queue}`,
    discard: (queue: string, _to: string) => `Discard in ${queue}`,
    retry: (queue: string, _to: string) => `Retry in ${queue}`,
    promote: (queue: string, _to: string) => `Promote in ${queue}`,
    remove: (queue: string, _to: string) => `Remove from ${queue}`,
    move: (queue: string, to: string) =>
      to === '' ? `Move from ${queue}` : `Move ${queue} → ${to}`,
  },
  columns: {
    what: 'What',
    queue: 'Queue',
    filter: 'Which',
    by: 'By',
    state: 'State',
    progress: 'Progress',
    started: 'Started',
    took: 'Took',
  },
  chosen: 'chosen ones',
  everything: 'all of them',
  ofTotal: (n: string, total: string) => `${n} of ${total}`,
  bar: (done: string, failed: string, skipped: string, total: string) =>
    `${done} done, ${failed} failed, ${skipped} left alone, of ${total}`,
  states: {
    planned: 'about to begin',
    canary: 'trying a few',
    running: 'running',
    paused: 'paused',
    done: 'done',
    aborted: 'aborted',
    failed: 'failed',
    undoing: 'taking back',
    undone: 'taken back',
  },
  doing: {
    planned: (left: string) => `${left} are to be dealt with. It begins in a moment.`,
    trying: (count: string) => `The first ${count} are being sent.`,
    waiting: (sent: string, wait: string) =>
      `${sent} were tried first; for up to ${wait} more their results are awaited.`,
    running: (left: string) => `${left} are left.`,
    paused: (left: string) => `It is held: ${left} are left and stay as they are.`,
    done: (_left: string) => 'It is through.',
    aborted: (left: string) => `It was ended: ${left} were left as they were.`,
    failed: (left: string) => `It has broken off: ${left} were left as they were.`,
    undoing: (undone: string, ran: string) =>
      `${undone} were taken back so far; ${ran} had started already.`,
    undone: (undone: string, ran: string) =>
      `${undone} were taken back; ${ran} had started already and stay.`,
  },
  because: { paused: 'It waits for somebody:', failed: 'Why:' },
  notBegun: (duration: string) =>
    `Nobody has begun for ${duration}. The process that leads the fleet does it: is one running?`,
  silent: (duration: string) =>
    `Nothing was heard of it for ${duration}. The process that leads the fleet carries it on; when that stops, another takes over.`,
  figures: {
    of: 'Dealt with',
    done: {
      replay: 'Replayed',
      discard: 'Discarded',
      retry: 'Retried',
      promote: 'Promoted',
      remove: 'Removed',
      move: 'Moved',
    },
    failed: 'Failed',
    skipped: 'Left alone',
    rate: 'Pace now',
    left: 'Time left',
  },
  perSecond: (n: string) => `${n}/s`,
  outcome: {
    title: 'Not as planned',
    clean: 'Nothing.',
    skipped: 'Left alone',
    failed: (n: string) => `${n} failed`,
    alone: (n: number) =>
      n === 1
        ? '1 job was put back without its parent, which is gone.'
        : `${n} jobs were put back without their parents, which are gone.`,
  },
  asked: 'What was asked',
  toQueue: 'To',
  jobs: 'Failed jobs',
  jobsToo: 'removed as well',
  jobsStay: 'stay',
  pace: 'Pace',
  atOnce: 'as fast as it goes',
  canary: 'A few first',
  canarySays: (count: string, wait: string, tolerated: string) =>
    `${count}, with ${wait} to end; at most ${tolerated} may die again`,
  createdAt: 'Asked for',
  finishedAt: 'Ended',
  after: (duration: string) => `after ${duration}`,
  id: 'Id',
  patch: 'Changes to the data',
  toGroup: 'To the cause',
  acts: { pause: 'Pause', resume: 'Resume', abort: 'Abort…', undo: 'Take back…' },
  done: {
    pause: 'It is held: nothing more is done.',
    resume: 'It goes on.',
    abort: 'It is ended.',
    undo: 'It is being taken back.',
  },
  confirm: {
    abort: {
      title: 'Abort',
      does: 'Abort',
      says: (done: string, left: string, canUndo: boolean) =>
        `${left} are left as they are. ${done} are done and stay so${canUndo ? '; what of them has not started can be taken back afterwards' : ''}. It cannot be resumed.`,
    },
    undo: {
      title: 'Take back',
      does: 'Take back',
      says: (done: string) =>
        `Of the ${done} jobs that were put back, those that have not started become dead letters again, the newest first. What has started stays.`,
    },
  },
};
