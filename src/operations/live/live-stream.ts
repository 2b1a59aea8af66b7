/**
 * The last minute of what changed, from which every viewer reads at its own pace.
 *
 * A viewer is a place in this minute and holds nothing itself: one that is slow costs no memory, and when it is too far
 * behind it gets an overview instead of all that it missed. What is sent is made once for all who see the same.
 */
import { createDeferred, type Deferred } from '../../base/deferred.ts';
import { orAborted } from '../../base/wait.ts';
import { changesBetween, type Rows, type Sight, totalsOf } from './live-changes.ts';
import type { LiveEvent, OverviewDelta, OverviewView, RedisChange } from './live-views.ts';
import type { Moment } from './overview-sampler.ts';

/** Who looks: all with one name see the same. */
export interface Eyes {
  readonly name: string;
  readonly sees: Sight;
}

/** A moment as somebody sees it, without its rows. */
type Seen = Omit<OverviewView, 'queues'>;

interface Entry {
  readonly number: number;
  readonly moment: Moment;
  readonly ageMs: number | null;
  readonly change: 'delta' | 'redis';
  readonly changed: ReturnType<typeof changesBetween>;
  /** Events already made, by who sees them; they go with the entry. */
  readonly made: Map<string, LiveEvent>;
}

/** Changes that are kept: about a minute of them. */
const KEPT = 60;
/** Changes that a viewer may be behind before they are left out. */
const MOST_BEHIND = 15;

/** What changed lately. */
export class LiveStream {
  readonly #run: string;
  #entries: Entry[] = [];
  #number = 0;
  #last: { readonly moment: Moment; readonly ageMs: number | null };
  #overviews = new Map<string, LiveEvent>();
  #more: Deferred<void> = createDeferred();

  /** @param run tells the ids of this process's life from those of others */
  constructor(run: string, first: Moment) {
    this.#run = run;
    this.#last = { moment: first, ageMs: null };
  }

  /** Changes that are kept. */
  get kept(): number {
    return this.#entries.length;
  }

  /** Takes in what is known now. */
  push(moment: Moment, ageMs: number | null): void {
    const { moment: before } = this.#last;
    this.#last = { moment, ageMs };
    if (moment.redis !== before.redis) this.#add('redis', moment, ageMs, new Map(moment.rows));
    if (moment.takenAt !== before.takenAt || moment.problem !== before.problem)
      this.#add('delta', moment, ageMs, before.rows);
  }

  /**
   * Everything, then what changes. Ends when `signal` aborts.
   *
   * @param lastEventId what was seen last; when it is of this process and of the last minute, the overview is left out
   */
  async *read(
    eyes: Eyes,
    lastEventId: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<LiveEvent, void, undefined> {
    let place = this.#placeAfter(lastEventId);
    if (place === undefined) {
      place = this.#number;
      yield this.#overview(eyes);
    }
    while (!signal.aborted) {
      const missed = this.#number - place;
      if (missed > MOST_BEHIND) {
        place = this.#number;
        yield this.#event(this.#id(place), 'lag', { missed });
        // Whatever came while that was sent is part of it.
        place = this.#number;
        yield this.#overview(eyes);
      } else if (missed > 0) {
        place += 1;
        yield this.#seen(this.#entries[this.#entries.length - 1 - (this.#number - place)]!, eyes);
      } else await orAborted(this.#more.promise, signal);
    }
  }

  #add(change: Entry['change'], moment: Moment, ageMs: number | null, before: Rows): void {
    this.#number += 1;
    const changed = changesBetween(before, moment.rows);
    this.#entries.push({ number: this.#number, moment, ageMs, change, changed, made: new Map() });
    if (this.#entries.length > KEPT) this.#entries.shift();
    this.#overviews = new Map();
    const { resolve } = this.#more;
    this.#more = createDeferred();
    resolve();
  }

  #placeAfter(id: string | undefined): number | undefined {
    const [, run, number] = /^(.+)-(\d{1,15})$/.exec(id ?? '') ?? [];
    const place = Number(number);
    if (run !== this.#run || place > this.#number) return undefined;
    return this.#number - place <= Math.min(KEPT, MOST_BEHIND) ? place : undefined;
  }

  #overview(eyes: Eyes): LiveEvent {
    let event = this.#overviews.get(eyes.name);
    if (!event) {
      const { moment, ageMs } = this.#last;
      event = this.#event(this.#id(this.#number), 'overview', toOverview(moment, ageMs, eyes.sees));
      this.#overviews.set(eyes.name, event);
    }
    return event;
  }

  #seen(entry: Entry, { name, sees }: Eyes): LiveEvent {
    let event = entry.made.get(name);
    if (!event) {
      const data = entry.change === 'redis' ? toRedisChange(entry) : toDelta(entry, sees);
      event = this.#event(this.#id(entry.number), entry.change, data);
      entry.made.set(name, event);
    }
    return event;
  }

  #id(number: number): string {
    return `${this.#run}-${number}`;
  }

  #event(id: string, event: LiveEvent['event'], data: LiveEvent['data']): LiveEvent {
    return { id, event, data, text: JSON.stringify(data) } as LiveEvent;
  }
}

/** What somebody sees of a moment. */
export function toOverview(moment: Moment, ageMs: number | null, sees: Sight): OverviewView {
  const queues = [...moment.rows.values()].filter(({ queue }) => sees(queue));
  return { ...toSeen(moment, ageMs, sees), queues };
}

function toSeen(moment: Moment, ageMs: number | null, sees: Sight): Seen {
  const { redis, takenAt, processes, oldestRowAt, isComplete, problem, rows } = moment;
  const uncounted = moment.uncounted.filter(sees);
  const totals = totalsOf([...rows.values()].filter(({ queue }) => sees(queue)));
  return {
    ...{ redis, takenAt, ageMs, totals, processes },
    ...{ uncounted, oldestRowAt, isComplete, problem },
  };
}

function toDelta({ moment, ageMs, changed }: Entry, sees: Sight): OverviewDelta {
  return {
    ...toSeen(moment, ageMs, sees),
    queues: changed.changed.filter(({ queue }) => sees(queue)),
    gone: changed.gone.filter(sees),
  };
}

function toRedisChange({ moment: { redis, takenAt }, ageMs }: Entry): RedisChange {
  return { redis, takenAt, ageMs };
}
