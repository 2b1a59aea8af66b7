/**
 * Types of `dependencies.mjs`, which is plain JavaScript because a fresh clone has no compiler yet.
 */
/** The parts of npm's lock files that are compared. */
export interface LockFile {
  readonly packages: Readonly<
    Record<
      string,
      {
        version?: string;
        integrity?: string;
        optional?: boolean;
        devOptional?: boolean;
        peer?: boolean;
      }
    >
  >;
}

export function ensureDependencies(): Promise<void>;
export function matches(wanted: LockFile, installed: LockFile): boolean;
