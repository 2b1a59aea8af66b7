/**
 * Types of `guard.mjs`, which is plain JavaScript because a fresh clone has no compiler yet.
 */
import type { ChildProcess } from 'node:child_process';

export function endWithThisProcess(child: ChildProcess, signal: 'TERM' | 'KILL'): void;
