/**
 * All companions that this version defines on its clients.
 */
import type { Companion } from '../redis/companions.ts';
import { KEEP_LOCKS } from './keep-locks.ts';
import { RECEIPT_COMPANIONS } from './receipts.ts';
import { SCAN_IN_TIME } from './stalled-scan.ts';

export const COMPANIONS: readonly Companion[] = [KEEP_LOCKS, SCAN_IN_TIME, ...RECEIPT_COMPANIONS];
