/**
 * The worker processes of one side. Members come and go; the list keeps those that are gone, since what they
 * did still counts.
 */
import { fileURLToPath } from 'node:url';
import type { AppSettings } from '../apps/settings.ts';
import type { Ledger } from './ledger.ts';
import { Member } from './member.ts';
import type { Side } from './scenario.ts';

/** The compiled application. Both `test/chaos` and `.build/chaos` are two folders below the root. */
export function builtApp(name: string): string {
  return fileURLToPath(new URL(`../../../.build/chaos/apps/${name}.js`, import.meta.url));
}

/** What all members share. */
export interface FleetOptions {
  readonly side: Side;
  readonly settings: AppSettings;
  readonly ledger: Ledger;
  readonly within: readonly string[];
}

/** The workers. */
export class Fleet implements AsyncDisposable {
  readonly members: Member[] = [];
  readonly #options: FleetOptions;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Members that run and were not told to end. */
  get live(): Member[] {
    return this.members.filter(({ isLive }) => isLive);
  }

  /** Starts one worker; returns when it works, or at least runs where `isAwaited` is false. */
  async start({
    isAwaited = true,
    preload,
  }: {
    isAwaited?: boolean;
    preload?: string;
  } = {}): Promise<Member> {
    const { side, settings, ledger, within } = this.#options;
    const member = new Member({
      name: `worker-${this.members.length + 1}`,
      file: builtApp(`${side}-worker`),
      ...{ settings, ledger, within, preload },
      isWatched: within.length === 0,
    });
    this.members.push(member);
    if (isAwaited) await member.app.line('ready command');
    return member;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map((member) => member[Symbol.asyncDispose]()));
  }
}
