/**
 * Asks the credit bureau about a shop. Knows no queue.
 */
import { type CallOptions, call, Refused } from './call.ts';

export interface CreditReport {
  readonly score: number;
  /** Rupees the shop may owe. */
  readonly limit: number;
}

/** @throws Refused for a shop that the bureau does not know, or an error that is worth a retry */
export async function readCreditReport(
  url: string,
  taxId: string,
  options: CallOptions,
): Promise<CreditReport> {
  const answer = await call('The credit bureau', `${url}/scores/${taxId}`, {}, options);
  if (answer.status === 404) throw new Refused(`the credit bureau does not know tax id ${taxId}`);
  if (!answer.ok) throw new Error(`The credit bureau answered ${answer.status}`);
  return (await answer.json()) as CreditReport;
}
