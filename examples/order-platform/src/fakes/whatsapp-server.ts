/**
 * A WhatsApp provider that is as troublesome as a real one: it fails, loses answers, falls silent and limits
 * rates, by a seeded schedule. Its ledger shows what it has delivered, and its totals what it went through.
 *
 * `POST /messages` with an `Idempotency-Key` · `GET /ledger`. Numbers that begin with +000 are not on WhatsApp.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { type Fault, type FaultRates, faultOf } from './fault-schedule.ts';
import { answerJson, type FakeServer, startHttpServer } from './http-server.ts';
import { Ledger } from './ledger.ts';

const USUAL_RATES: FaultRates = { error: 0.15, lost: 0.08, silence: 0.05, limit: 0.03 };
const LIMITED_FOR_MS = 1_000;

export interface WhatsappOptions {
  readonly seed?: number;
  readonly rates?: FaultRates;
  /** Where the ledger is kept. @default in memory */
  readonly ledgerFile?: string;
  /** How long an answer takes. @default 20 */
  readonly delayMs?: number;
}

/** How often what happened. `early`: requests that came before `Retry-After` was over. */
export type Totals = Record<
  'requests' | 'delivered' | 'repeats' | 'unknown' | 'early' | Fault,
  number
>;

export interface WhatsappServer extends FakeServer {
  readonly ledger: Ledger;
  readonly totals: Readonly<Totals>;
}

export async function startWhatsapp(options: WhatsappOptions = {}): Promise<WhatsappServer> {
  const provider = new Provider(options);
  const server = await startHttpServer((request, response) => provider.handle(request, response));
  return { ...server, ledger: provider.ledger, totals: provider.totals };
}

interface Message {
  readonly to: string;
  readonly text: string;
}

interface Answer {
  readonly status: number;
  readonly body: object;
  readonly retryAfter?: Readonly<Record<string, string>>;
}

class Provider {
  readonly ledger: Ledger;
  readonly totals: Totals = {
    ...{ requests: 0, delivered: 0, repeats: 0, unknown: 0, early: 0 },
    ...{ error: 0, lost: 0, silence: 0, limit: 0 },
  };
  readonly #seed: number;
  readonly #rates: FaultRates;
  readonly #delayMs: number;
  readonly #requestsOf = new Map<string, number>();
  #limitedUntil = 0;

  constructor({ seed = 1, rates = USUAL_RATES, ledgerFile, delayMs = 20 }: WhatsappOptions) {
    this.ledger = new Ledger(ledgerFile);
    this.#seed = seed;
    this.#rates = rates;
    this.#delayMs = delayMs;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET' && request.url === '/ledger')
      return answerJson(response, 200, { totals: this.totals, messages: this.ledger.deliveries });
    const key = request.headers['idempotency-key'];
    if (request.method !== 'POST' || request.url !== '/messages' || typeof key !== 'string')
      return answerJson(response, 400, { error: 'POST /messages with an Idempotency-Key' });
    const message = (await json(request)) as Message;
    await new Promise((resolve) => setTimeout(resolve, this.#delayMs));
    const answer = this.#take(key, message);
    if (answer === 'lost') response.destroy();
    else if (answer !== 'silence')
      answerJson(response, answer.status, answer.body, answer.retryAfter);
  }

  #take(key: string, message: Message): Answer | 'lost' | 'silence' {
    this.totals.requests += 1;
    const leftMs = this.#limitedUntil - Date.now();
    if (leftMs > 0) {
      this.totals.early += 1;
      return tooMany(leftMs);
    }
    const nth = (this.#requestsOf.get(key) ?? 0) + 1;
    this.#requestsOf.set(key, nth);
    const fault = faultOf(this.#seed, this.#rates, key, nth);
    if (fault) this.totals[fault] += 1;
    if (fault === 'error') return { status: 500, body: { error: 'something went wrong' } };
    if (fault === 'limit') {
      this.#limitedUntil = Date.now() + LIMITED_FOR_MS;
      return tooMany(LIMITED_FOR_MS);
    }
    if (message.to.startsWith('+000')) {
      this.totals.unknown += 1;
      return { status: 404, body: { error: 'unknown number' } };
    }
    const messageId = this.#deliverOnce(key, message);
    return fault ?? { status: 200, body: { messageId } };
  }

  #deliverOnce(key: string, message: Message): string {
    const known = this.ledger.find(key);
    this.totals[known ? 'repeats' : 'delivered'] += 1;
    return (known ?? this.ledger.deliver(key, message)).messageId;
  }
}

function tooMany(leftMs: number): Answer {
  const retryAfter = { 'retry-after': String(Math.ceil(leftMs / 1_000)) };
  return { status: 429, body: { error: 'too many messages' }, retryAfter };
}
