/**
 * The companions of the scripts by which dead letters are replayed and discarded.
 */
import type { Companion } from '../redis/companions.ts';
import { DISCARD_COMPANION } from './discard.ts';
import { REPLAY_COMPANIONS } from './replay.ts';

export const BULK_COMPANIONS: readonly Companion[] = [...REPLAY_COMPANIONS, DISCARD_COMPANION];
