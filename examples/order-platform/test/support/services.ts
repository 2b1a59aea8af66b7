/**
 * The services outside, in the test's own process: they outlive every process of the platform, and the test
 * reads their ledger.
 */
import { onTestFinished } from 'vitest';
import { startCreditBureau } from '../../src/fakes/credit-bureau.ts';
import type { FaultRates } from '../../src/fakes/fault-schedule.ts';
import { startWhatsapp, type WhatsappServer } from '../../src/fakes/whatsapp-server.ts';

export interface Services {
  readonly whatsapp: WhatsappServer;
  /** For the environment of a process. */
  readonly env: Readonly<Record<string, string>>;
}

/** Without rates nothing fails; they end with the test. */
export async function startServices(
  rates: { whatsapp?: FaultRates; bureau?: FaultRates; delayMs?: number } = {},
): Promise<Services> {
  const { delayMs = 5 } = rates;
  const whatsapp = await startWhatsapp({ seed: 7, rates: rates.whatsapp ?? {}, delayMs });
  const bureau = await startCreditBureau({ seed: 7, rates: rates.bureau ?? {} });
  onTestFinished(async () => {
    await Promise.all([whatsapp.stop(), bureau.stop()]);
  });
  return { whatsapp, env: { WHATSAPP_URL: whatsapp.url, CREDIT_BUREAU_URL: bureau.url } };
}
