/**
 * Promises that the sources are known not to keep yet: scenario → what is missing.
 *
 * A scenario that is named here and breaks a promise is told as FAILED PROMISE and does not fail the suite;
 * everything is checked all the same. A name goes when its part is there. Nothing else may be excused.
 */
export const AWAITED: Readonly<Record<string, string>> = {};
