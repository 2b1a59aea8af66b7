/**
 * The page as HTML: one look at everything, renewed every other second. Pure; needs no script.
 */
import type { QueueStats } from 'drover';
import type { Totals } from '../fakes/whatsapp-server.ts';
import type { OrderView } from '../orders.ts';
import type { PageState } from './state.ts';

const REDIS: Readonly<Record<PageState['redis']['status'], string>> = {
  healthy: '<b>Redis is connected.</b> Orders are worked on as they come.',
  unhealthy: '<b>Redis is away.</b> Orders are kept in the book and queued when it is back.',
  disabled: '<b>No Redis is configured.</b> Orders are kept in the book until there is one.',
};

const COUNTS = ['waiting', 'active', 'delayed', 'waiting-children', 'completed', 'failed'] as const;

const TOTALS: readonly (readonly [keyof Totals, string])[] = [
  ['delivered', 'delivered, each once'],
  ['repeats', 'repeats recognised'],
  ['error', 'failed with 500'],
  ['lost', 'answers lost'],
  ['silence', 'never answered'],
  ['limit', 'rate limits (429)'],
  ['early', 'came before Retry-After was over'],
];

export function renderPage(state: PageState): string {
  const { redis, isWorker, queues, orders, whatsapp } = state;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Orders</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="2"><link rel="stylesheet" href="/style.css"></head><body>
<header><h1>Order platform</h1><span class="role">${isWorker ? 'API and workers' : 'API only'}</span>
<a href="/ops/">Queues</a>
<form method="post" action="/sample-orders"><button>Place five orders</button></form></header>
<p class="banner" data-redis="${redis.status}">${REDIS[redis.status]}</p>
<section><h2>Queues</h2>${renderQueues(queues)}</section>
<section><h2>WhatsApp provider</h2>${renderTotals(whatsapp)}</section>
<section><h2>Newest orders</h2>${renderOrders(orders)}</section>
</body></html>
`;
}

function renderQueues(queues: readonly QueueStats[] | null): string {
  if (!queues) return '<p class="none">Not known while Redis is away.</p>';
  const rows = queues.map(
    ({ queue, counts, slots }) =>
      `<tr><th>${escapeHtml(queue)}</th><td>${slots}</td>${COUNTS.map((name) => `<td${counts[name] ? '' : ' class="nil"'}>${counts[name]}</td>`).join('')}</tr>`,
  );
  const heads = ['slots', 'waiting', 'active', 'delayed', 'awaits steps', 'completed', 'failed'];
  return `<table><tr><th>queue</th>${heads.map((head) => `<th>${head}</th>`).join('')}</tr>${rows.join('')}</table>`;
}

function renderTotals(totals: Totals | null): string {
  if (!totals) return '<p class="none">It does not tell.</p>';
  const items = TOTALS.map(([name, words]) => `<li><b>${totals[name]}</b> ${words}</li>`);
  return `<ul class="totals">${items.join('')}</ul>`;
}

function renderOrders(orders: readonly OrderView[]): string {
  if (orders.length === 0) return '<p class="none">None yet: place some.</p>';
  const rows = orders.map(
    ({ placedAt, shop, total, state, outcome, reminders }) =>
      `<tr><td>${new Date(placedAt).toISOString().slice(11, 19)}</td><th>${escapeHtml(shop.name)}</th><td>${escapeHtml(shop.city)}</td><td>Rs ${total.toLocaleString('en')}</td><td><span class="state" data-state="${state}">${state}</span></td><td>${escapeHtml(outcome?.vendor ?? '')}</td><td class="reason">${escapeHtml(outcome?.reason ?? '')}</td><td>${reminders.length || ''}</td></tr>`,
  );
  const heads = ['UTC', 'shop', 'city', 'total', 'state', 'vendor', 'why', 'reminders'];
  return `<table class="orders"><tr>${heads.map((head) => `<th>${head}</th>`).join('')}</tr>${rows.join('')}</table>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
