/**
 * How full the memory of a server is: one rule for health, the start and the doctor. Pure.
 *
 * A server without a limit is never full.
 */

/** `high`: look after it; `critical`: adds will be refused soon. */
export type MemoryLevel = 'high' | 'critical';

const HIGH = 0.75;
const CRITICAL = 0.9;

/** The level; undefined when all is well or the limit is not known. @param limitBytes 0: none */
export function memoryLevel(usedBytes: number, limitBytes: number): MemoryLevel | undefined {
  const share = limitBytes > 0 ? usedBytes / limitBytes : 0;
  if (share > CRITICAL) return 'critical';
  return share > HIGH ? 'high' : undefined;
}
