/**
 * What stands above the photos: how Redis is and since when, how many photos are where, and the queues.
 *
 * Pure. Says plainly what does not work at the moment and what becomes of photos meanwhile.
 */
import type { PhotoStatus } from '../catalogue.ts';
import { type Html, html } from './html.ts';
import { count, STATUS_WORDS } from './words.ts';

export type RedisStatus = 'healthy' | 'unhealthy' | 'disabled';

/** One row of the table of queues. */
export interface QueueRow {
  readonly name: string;
  readonly counts: Readonly<Record<string, number>>;
}

export interface LiveState {
  readonly redis: RedisStatus;
  /** Epoch ms, `null` when not known. */
  readonly since: number | null;
  /** `null` while Redis is away. */
  readonly queues: readonly QueueRow[] | null;
  readonly photos: Readonly<Record<PhotoStatus, number>>;
}

const COLUMNS: readonly (readonly [key: string, words: string])[] = [
  ['waiting', 'waiting'],
  ['active', 'active'],
  ['delayed', 'delayed'],
  ['waiting-children', 'waiting for steps'],
  ['failed', 'failed'],
];

export function renderState(state: LiveState): string {
  return html`<p class="redis" data-redis="${state.redis}" role="status">${renderRedis(state)}</p>
<p class="lost" role="status"></p>
${renderPhotos(state.photos)}
<details><summary>Jobs</summary><div class="scroll" tabindex="0" role="region" aria-label="Jobs by queue">${renderQueues(state.queues)}</div></details>`.toString();
}

function renderRedis({ redis, since }: LiveState): Html {
  switch (redis) {
    case 'healthy':
      return html`<strong>Redis is connected</strong> since ${renderTime(since)}.`;
    case 'unhealthy':
      return html`<strong>Redis is away</strong> since ${renderTime(since)}. New photos are kept until it is back.`;
    case 'disabled':
      return html`<strong>No Redis is configured.</strong> New photos are kept until there is one.`;
  }
}

function renderTime(at: number | null): Html {
  if (at === null) return html`an unknown time`;
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}">${iso.slice(11, 19)} UTC</time>`;
}

/** The states that photos are in; the one where all should end is named even when it is empty. */
function renderPhotos(photos: Readonly<Record<PhotoStatus, number>>): Html {
  const all = Object.entries(photos) as [PhotoStatus, number][];
  const total = all.reduce((sum, [, number]) => sum + number, 0);
  const parts = all
    .filter(([status, number]) => number > 0 || status === 'done')
    .map(
      ([status, number]) =>
        html`<li data-status="${status}"><b>${number}</b> ${STATUS_WORDS[status]}</li>`,
    );
  return html`<ul class="counts" aria-label="${count(total, 'photo', 'photos')} by state">${parts}</ul>`;
}

function renderQueues(queues: readonly QueueRow[] | null): Html {
  const heads = COLUMNS.map(([, words]) => html`<th scope="col">${words}</th>`);
  const rows = (queues ?? []).map(
    ({ name, counts }) =>
      html`<tr><th scope="row">${name}</th>${COLUMNS.map(([key]) => html`<td>${counts[key] ?? 0}</td>`)}</tr>`,
  );
  const none = html`<tr><td colspan="${COLUMNS.length + 1}">Not known while Redis is away.</td></tr>`;
  return html`<table><thead><tr><th scope="col">queue</th>${heads}</tr></thead><tbody>${queues === null ? none : rows}</tbody></table>`;
}
