/** On a real terminal: the live view, its keys and its ends; questions; colours. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { type StandIn, startStandIn } from './command-line.ts';
import {
  ENTER,
  hasTerminals,
  LEAVE,
  OnTerminal as Terminal,
  type TerminalOptions,
} from './on-terminal.ts';

let server: StandIn;
let isDown = false;
beforeAll(async () => {
  server = await startStandIn(({ url }) => {
    if (isDown) return [503, { code: 'QUEUE_UNAVAILABLE', detail: 'Redis cannot be reached' }];
    if (url.includes('bulk')) return [200, BULK];
    if (url === '/api/v1/overview') return [200, OVERVIEW];
    return [200, url === '/api/v1/pools' ? [] : { removed: 3, hasMore: false }];
  });
});
afterAll(() => server?.close());
beforeEach(() => {
  isDown = false;
  server.got.length = 0;
});

const row = (queue: string, waiting: number) => ({
  ...{ queue, counts: { waiting, failed: 0 }, isPaused: false, oldestWaitingMs: 5_000, workers: 1 },
  ...{ slots: 1, active: 0, throughputPerMinute: 1, errorRatio: 0, health: 'healthy' },
});
const OVERVIEW = {
  ...{
    redis: 'healthy',
    takenAt: 1_764_000_000_000,
    ageMs: 0,
    totals: { waiting: 3 },
    processes: 1,
  },
  ...{ queues: [row('mails', 1), row('thumbnails', 2)], isComplete: true },
  ...{ uncounted: [], oldestRowAt: 1_764_000_000_000, problem: null },
};
const BULK = {
  ...{ id: 'b1', kind: 'retry', queue: 'mails', state: 'running', total: 10, done: 5, failed: 0 },
  ...{ skipped: {}, reason: null, errors: [], rate: 2, etaMs: 3_000 },
};
const changes = () => server.got.filter(({ method }) => method === 'POST');

/** On the stand-in. */
class OnTerminal extends Terminal {
  constructor(line: string, { env = {}, ...rest }: TerminalOptions = {}) {
    super(line, { ...rest, env: { DROVER_SERVER: server.url, ...env } });
  }
}

describe('top', () => {
  if (!hasTerminals) {
    it('is not shown here', () => console.log('no terminal to be had: "script" is not installed'));
    return;
  }

  it('takes the screen, shows queues, and gives it back on q', async () => {
    const top = new OnTerminal('top');
    await top.shows('thumbnails');
    expect(top.output).toContain(ENTER);
    expect(top.output).toContain('Oldest wait: 5s');
    top.type('q');
    expect(await top.exited).toBe(0);
    expect(top.output.trimEnd().endsWith(LEAVE)).toBe(true);
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)('gives the screen back on %s', async (signal) => {
    const top = new OnTerminal('top');
    await top.shows('thumbnails');
    process.kill(top.pid, signal);
    await top.exited;
    expect(top.output).toContain(LEAVE);
  });

  it('gives the screen back on Ctrl-C', async () => {
    const top = new OnTerminal('top');
    await top.shows('thumbnails');
    top.type('\x03');
    expect(await top.exited).toBe(0);
    expect(top.output).toContain(LEAVE);
  });

  it('gives the screen back when it crashes, then says why', async () => {
    const crash = "process.on('SIGUSR2',()=>{throw(new(Error)('a_fault_of_ours'))})";
    const top = new OnTerminal('top', {
      nodeArgs: `--import "data:text/javascript,${crash}"`,
    });
    await top.shows('thumbnails');
    process.kill(top.pid, 'SIGUSR2');
    expect(await top.exited).toBe(1);
    expect(top.output).toContain(LEAVE);
    expect(top.output).toContain('drover: a_fault_of_ours');
  });

  it('pauses the selected queue after a yes, and empties it only by its name', async () => {
    const top = new OnTerminal('top');
    await top.shows('thumbnails');
    top.type('jp');
    await top.shows('pause thumbnails?');
    expect(changes()).toEqual([]);
    top.type('y');
    await until(() => changes().length === 1);
    expect(changes()[0]!.url).toBe('/api/v1/queues/thumbnails/pause');
    await top.shows('pause thumbnails: done');
    top.type('e');
    top.type('Ethumb\r');
    await top.shows('nothing was done');
    expect(changes()).toHaveLength(1);
    top.type('Ethumbnails\r');
    await until(() => changes().length === 2);
    expect(changes()[1]!.body).toEqual({ confirm: 'thumbnails' });
    top.type('q');
    await top.exited;
  });

  it('shows what was known last while Redis is away, and heals', async () => {
    const top = new OnTerminal('top --interval 200ms');
    await top.shows('thumbnails');
    isDown = true;
    await top.shows('As last known');
    isDown = false;
    const before = top.output.length;
    await until(() => top.output.slice(before).includes('Oldest wait'));
    top.type('q');
    expect(await top.exited).toBe(0);
  });
});

describe('a question', () => {
  if (!hasTerminals) {
    it('is not shown here', () => console.log('no terminal to be had: "script" is not installed'));
    return;
  }

  it('shows the dry run, and goes on when the name is typed', async () => {
    const empty = new OnTerminal('queue empty mails', { env: { NO_COLOR: '1' } });
    await empty.shows('Type the name of the queue');
    expect(empty.output).toMatch(/removed +3/);
    expect(changes().map(({ body }) => body)).toEqual([{ dryRun: true }]);
    empty.type('mails\r');
    expect(await empty.exited).toBe(0);
    expect(changes()[1]!.body).toEqual({ confirm: 'mails' });
  });

  it('another name, or Ctrl-C: nothing is done', async () => {
    const wrong = new OnTerminal('queue empty mails');
    await wrong.shows('Type the name of the queue');
    wrong.type('mail\r');
    expect(await wrong.exited).toBe(2);
    const gone = new OnTerminal('queue empty mails');
    await gone.shows('Type the name of the queue');
    gone.type('\x03');
    expect(await gone.exited).toBe(130);
    expect(changes().filter(({ body }) => 'confirm' in (body as object))).toEqual([]);
  });

  it('is not asked with --no-input', async () => {
    const ran = new OnTerminal('job remove mails 17 --no-input');
    expect(await ran.exited).toBe(2);
    expect(ran.output).toContain('--yes');
  });

  it('a table is coloured on a terminal, but not with NO_COLOR', async () => {
    const coloured = new OnTerminal('status');
    await coloured.exited;
    expect(coloured.output).toContain('\x1b[1mQUEUE');
    const plain = new OnTerminal('status', { env: { NO_COLOR: '1' } });
    await plain.exited;
    expect(plain.output).not.toContain('\x1b[');
  });
});

describe('a bulk action', () => {
  if (!hasTerminals) {
    it('is not shown here', () => console.log('no terminal to be had: "script" is not installed'));
    return;
  }

  it('shows a bar; Ctrl-C lets go of it and says how to go on', async () => {
    const bulk = new OnTerminal('job retry mails --state failed --yes');
    await bulk.shows('[##########..........] 50 % running: 5 of 10, 2/s, 3s left');
    bulk.type('\x03');
    expect(await bulk.exited).toBe(0);
    expect(bulk.output).toContain('drover bulk watch b1');
    expect(changes()).toHaveLength(1);
  });
});
