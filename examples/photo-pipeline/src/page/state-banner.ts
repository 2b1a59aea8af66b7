/**
 * What stands above the photos: how Redis is and since when, how many photos are where, and the queues.
 *
 * Pure. Says plainly what does not work at the moment and what becomes of photos meanwhile.
 */
import type { PhotoStatus } from '../catalogue.ts';
import { type Html, html } from './html.ts';

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
  ['waiting-children', 'waiting for children'],
  ['completed', 'completed (kept)'],
  ['failed', 'failed (kept)'],
];

export function renderState(state: LiveState): string {
  return html`<div class="banner" data-redis="${state.redis}" role="status">${renderRedis(state)}</div>
${renderPhotos(state.photos)}
${renderQueues(state.queues)}`.toString();
}

function renderRedis({ redis, since }: LiveState): Html {
  switch (redis) {
    case 'healthy':
      return html`<strong>Redis is connected</strong> since ${renderTime(since)}.`;
    case 'unhealthy':
      return html`<strong>Redis is away</strong> since ${renderTime(since)}. New photos are kept and queued when it is back.`;
    case 'disabled':
      return html`<strong>No Redis is configured:</strong> the queues are disabled. New photos are kept and processed once there is one.`;
  }
}

function renderTime(at: number | null): Html {
  if (at === null) return html`an unknown time`;
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}">${iso.slice(11, 19)} UTC</time>`;
}

function renderPhotos(photos: Readonly<Record<PhotoStatus, number>>): Html {
  const chips = Object.entries(photos).map(
    ([status, count]) =>
      html`<li data-status="${status}" class="${count === 0 ? 'nil' : 'some'}"><b>${count}</b> ${status}</li>`,
  );
  return html`<ul class="counts" aria-label="Photos by state">${chips}</ul>`;
}

function renderQueues(queues: readonly QueueRow[] | null): Html {
  const heads = COLUMNS.map(([, words]) => html`<th scope="col">${words}</th>`);
  const rows = (queues ?? []).map(
    ({ name, counts }) =>
      html`<tr><th scope="row">${name}</th>${COLUMNS.map(([key]) => html`<td>${counts[key] ?? 0}</td>`)}</tr>`,
  );
  const none = html`<tr><td colspan="${COLUMNS.length + 1}">not known while Redis is away</td></tr>`;
  return html`<table class="queues"><thead><tr><th scope="col">queue</th>${heads}</tr></thead><tbody>${queues === null ? none : rows}</tbody></table>`;
}
