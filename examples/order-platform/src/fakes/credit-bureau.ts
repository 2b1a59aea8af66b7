/**
 * A credit bureau: `GET /scores/<tax id>` answers a score and a limit that depend on the tax id alone.
 *
 * Fails now and then by a seeded schedule. Tax ids that begin with 0 are unknown to it.
 */
import { createHash } from 'node:crypto';
import { type FaultRates, faultOf } from './fault-schedule.ts';
import { answerJson, type FakeServer, startHttpServer } from './http-server.ts';

const USUAL_RATES: FaultRates = { error: 0.2, silence: 0.05 };

export interface BureauOptions {
  readonly seed?: number;
  readonly rates?: FaultRates;
}

export async function startCreditBureau(options: BureauOptions = {}): Promise<FakeServer> {
  const { seed = 1, rates = USUAL_RATES } = options;
  const requestsOf = new Map<string, number>();
  return startHttpServer((request, response) => {
    const taxId = /^\/scores\/(\d{9})$/.exec(request.url ?? '')?.[1];
    if (!taxId) return answerJson(response, 400, { error: 'GET /scores/<nine digits>' });
    const nth = (requestsOf.get(taxId) ?? 0) + 1;
    requestsOf.set(taxId, nth);
    const fault = faultOf(seed, rates, taxId, nth);
    if (fault === 'silence') return;
    if (fault) return answerJson(response, 500, { error: 'try again' });
    if (taxId.startsWith('0')) return answerJson(response, 404, { error: 'unknown' });
    answerJson(response, 200, reportOf(taxId));
  });
}

/** 300 to 850 points, and from 400 on a limit of up to Rs 225,000. */
export function reportOf(taxId: string): { score: number; limit: number } {
  const score = 300 + (createHash('sha256').update(taxId).digest().readUInt16BE() % 551);
  return { score, limit: Math.max(0, score - 400) * 500 };
}
