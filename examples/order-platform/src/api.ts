/**
 * The HTTP side: orders, messages, reports, Drover's health routes and its dashboard below `/ops`, and a page that
 * shows the state.
 *
 * No answer waits for Redis longer than `addTimeoutMs`. What needs no Redis works without: taking an order,
 * asking for one, paying it. What does is answered 503 with `Retry-After`, and a repeat with the same
 * `Idempotency-Key` is safe.
 */
import { randomUUID } from 'node:crypto';
import type { Coordinator } from 'drover';
import { http, toExpress } from 'drover/http';
import express, { type Express, type Request } from 'express';
import { createSampleOrder } from './fakes/sample-orders.ts';
import { HttpProblem, sendProblem } from './http-problem.ts';
import type { OrderBook } from './order-book.ts';
import type { OrderIntake } from './order-intake.ts';
import { Id, OrderRequest, type OrderView } from './orders.ts';
import { renderPage } from './page/page.ts';
import { readPageState } from './page/state.ts';
import { PAGE_STYLE } from './page/style.ts';
import { reportGeneration, whatsapp } from './queues.ts';
import type { Reports } from './reports.ts';

export interface ApiParts {
  readonly coordinator: Coordinator;
  readonly book: OrderBook;
  readonly reports: Reports;
  readonly intake: OrderIntake;
  readonly isWorker: boolean;
  readonly whatsappUrl: string;
  readonly warn: (what: string, error: unknown) => void;
}

const PAGE_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'";

export function createApi(parts: ApiParts): Express {
  const app = express().disable('x-powered-by');
  app.use(toExpress(http(parts.coordinator, { basePath: '/ops' })));
  app.use(toExpress(http(parts.coordinator, { dashboard: false })));
  app.use(express.json({ limit: '100kb' }));
  addOrders(app, parts);
  addMessages(app, parts);
  addReports(app, parts);
  addPage(app, parts);
  app.use((request) => {
    throw new HttpProblem(404, `There is nothing at ${request.path}`);
  });
  app.use(sendProblem(parts.warn));
  return app;
}

function addOrders(app: Express, { book, intake }: ApiParts): void {
  app.post('/orders', async (request, response) => {
    const id = keyOf(request);
    const wanted = OrderRequest.parse(request.body);
    const isQueued = await intake.place(id, wanted);
    const order = await find(book, id);
    response
      .status(202)
      .location(`/orders/${id}`)
      .json({ ...order, isQueued });
  });
  app.get('/orders', async (_request, response) => {
    response.json({ orders: (await book.list()).slice(0, 100) });
  });
  app.get('/orders/:id', async (request, response) => {
    response.json(await find(book, request.params.id));
  });
  app.post('/orders/:id/payment', async (request, response) => {
    const { id, state } = await find(book, request.params.id);
    if (state !== 'confirmed' && state !== 'paid')
      throw new HttpProblem(409, `Order ${id} is ${state}: only a confirmed one can be paid`);
    await book.pay(id, Date.now());
    response.json(await find(book, id));
  });
}

function addMessages(app: Express, { coordinator }: ApiParts): void {
  const queue = coordinator.queue(whatsapp);
  app.post('/messages', async (request, response) => {
    const id = `message-${keyOf(request)}`;
    // The queue's own schema checks the body; what does not match becomes a 422.
    await queue.add('send', request.body, { jobId: id });
    response.status(202).location(`/messages/${id}`).json({ id });
  });
  app.get('/messages/:id', async (request, response) => {
    const job = await queue.getJob(request.params.id);
    if (!job) throw new HttpProblem(404, `There is no message ${request.params.id}`);
    const { attemptsMade, failedReason = null } = job;
    response.json({ id: job.id, state: await job.getState(), attemptsMade, failedReason });
  });
}

function addReports(app: Express, { coordinator, reports }: ApiParts): void {
  const queue = coordinator.queue(reportGeneration);
  app.post('/reports', async (request, response) => {
    const reportId = keyOf(request);
    await queue.add('orders', { reportId }, { jobId: reportId });
    response.status(202).location(`/reports/${reportId}`).json({ id: reportId });
  });
  app.get('/reports/:id', async (request, response) => {
    const id = Id.parse(request.params.id);
    const csv = await reports.read(id);
    if (csv !== null) return void response.type('text/csv').send(csv);
    const job = await queue.getJob(id);
    if (!job) throw new HttpProblem(404, `There is no report ${id}`);
    response.status(202).json({ id, state: await job.getState(), progress: job.progress });
  });
}

function addPage(app: Express, parts: ApiParts): void {
  app.get('/', async (_request, response) => {
    response.set('content-security-policy', PAGE_POLICY);
    response.type('html').send(renderPage(await readPageState(parts)));
  });
  app.get('/style.css', (_request, response) => {
    response.type('css').send(PAGE_STYLE);
  });
  app.post('/sample-orders', async (request, response) => {
    const site = request.get('sec-fetch-site') ?? 'same-origin';
    if (site !== 'same-origin') throw new HttpProblem(403, 'Only this page may order samples');
    const samples = Array.from({ length: 5 }, createSampleOrder);
    await Promise.all(samples.map((order) => parts.intake.place(randomUUID(), order)));
    response.redirect(303, '/');
  });
}

/** The client's own name for its request, so that a repeat does nothing twice; else a new one. */
function keyOf(request: Request): string {
  const key = request.get('idempotency-key');
  return key === undefined ? randomUUID() : Id.parse(key);
}

async function find(book: OrderBook, id: string): Promise<OrderView> {
  const order = await book.read(id);
  if (!order) throw new HttpProblem(404, `There is no order ${id}`);
  return order;
}
