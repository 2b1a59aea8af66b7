/**
 * Types of `free-port.mjs`, which is plain JavaScript because a fresh clone has no compiler yet.
 */
export function freePort(): Promise<number>;
