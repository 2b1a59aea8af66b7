/**
 * How whoever asks is named in what is kept of an action: `token:deploys`. Pure.
 */
import type { Call } from './action.ts';

/** Kept texts of this kind have at most so many characters. */
const LONGEST = 200;

/** Kind and name. */
export function actorOf({ principal }: Pick<Call, 'principal'>): string {
  return `${principal.kind}:${principal.name}`.slice(0, LONGEST);
}
