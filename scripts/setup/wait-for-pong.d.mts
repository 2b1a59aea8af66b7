/**
 * Types of `wait-for-pong.mjs`, which is plain JavaScript because a fresh clone has no compiler yet.
 */
export function waitForPong(options: {
  port: number;
  host?: string;
  auth?: readonly string[];
  deadlineMs?: number;
  hasFailed?: () => string | null;
}): Promise<void>;
