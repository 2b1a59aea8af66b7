/**
 * Commands that keep the data of a queue instance and bring it back. They work on files and on Redis itself, never
 * through a server. Plain data.
 */
import type { Noun } from '../command.ts';

/** `backup`, and what is asked for in one word. */
export const BACKUP_COMMANDS: readonly Noun[] = [];
