/**
 * What a method, interceptor or filter has come to: Nest lets each of them return a value, a promise or an Observable.
 */
import { isObservable, lastValueFrom } from 'rxjs';

/** The last value of an Observable, undefined for one without; anything else as it is. */
export function settled(outcome: unknown): unknown {
  return isObservable(outcome) ? lastValueFrom(outcome, { defaultValue: undefined }) : outcome;
}
