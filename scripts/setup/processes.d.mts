/**
 * Types of `processes.mjs`, which is plain JavaScript because a fresh clone has no compiler yet.
 */
export const root: string;
export function run(
  command: string,
  args: readonly string[],
  options?: { env?: NodeJS.ProcessEnv; cwd?: string },
): Promise<number>;
export function outputOf(command: string, args: readonly string[]): string | null;
export function findOnPath(names: readonly string[], path?: string): string | null;
export function identityOf(pid: number): string | null;
export function isRunning(identity: string): boolean;
