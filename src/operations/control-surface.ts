/**
 * The gate that every action of every face passes: input → permission → confirmation → audit → act → audit.
 *
 * It is the only thing that faces get; handlers cannot be reached around it. What changes something, or carries much
 * away, is written down before it is done, or is not done. What was refused of it is written down, too.
 */
import { randomUUID } from 'node:crypto';
import type { AccessOptions } from '../access/access-options.ts';
import type { AuditIntent, AuditResult, AuditTrail } from '../access/audit-trail.ts';
import { type Authenticator, createAuthenticator } from '../access/authenticate.ts';
import type { Permission } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { allows } from '../access/roles.ts';
import type { TokenCheck } from '../access/token-check.ts';
import { CoordinatorError, type ErrorCode, RateLimited } from '../errors.ts';
import type { Announce } from '../events.ts';
import type { Action, Call, Handler } from './action.ts';
import {
  ACTIONS,
  type ActionCaller,
  type ActionName,
  type InputOf,
  type OutputOf,
} from './actions.ts';
import { HANDLERS } from './handlers.ts';
import type { Operations } from './operations.ts';
import { outageOf } from './outage-of.ts';
import { parseInput } from './parse-input.ts';
import { tellable } from './tellable.ts';

/** Who asks, and from where. */
export interface Caller {
  readonly principal: Principal;
  /** null: in this process. @default null */
  readonly address?: string | null;
  /** Ties the audit to a log of the caller's. @default one that is made up */
  readonly correlationId?: string;
  /** Aborted when nobody waits any more. */
  readonly signal?: AbortSignal;
}

/** What the gate needs. */
export interface ControlSurfaceOptions {
  readonly operations: Operations;
  readonly audit: AuditTrail;
  /** Whether this process changes nothing. */
  readonly isReadOnly: () => boolean;
  /** Milliseconds until this key may change something again; 0: now. */
  readonly limit: (key: string) => number;
  /** Whose an API token is. @default no token is good */
  readonly tokens?: Pick<TokenCheck, 'check'>;
  /** For faces, which have faults of their own to tell. */
  readonly announce: Announce;
}

/** Does actions for whoever may have them done. */
export class ControlSurface {
  readonly #options: ControlSurfaceOptions;

  constructor(options: ControlSurfaceOptions) {
    this.#options = options;
  }

  /** Whether this process changes nothing. */
  get isReadOnly(): boolean {
    return this.#options.isReadOnly();
  }

  /** What a face finds out with who asks. Throws CONFIG_INVALID. */
  authenticator(options: AccessOptions = {}): Authenticator {
    const { tokens = { check: async () => null }, announce } = this.#options;
    return createAuthenticator(options, { tokens, announce });
  }

  /** Tells an event of a face. */
  get announce(): Announce {
    return this.#options.announce;
  }

  /**
   * Does an action. Rejects with INPUT_INVALID, NOT_AUTHENTICATED, FORBIDDEN, CONFIRMATION_NEEDED, READ_ONLY,
   * RATE_LIMITED, and as the action does.
   *
   * @param input checked here: it may come from anywhere
   * @param caller null: nobody knows who asks; only what is open is done
   */
  async call<Name extends ActionName>(
    name: Name,
    input: InputOf<Name> | unknown,
    caller: Caller | null,
  ): Promise<OutputOf<Name>> {
    // Names come from anywhere: `constructor` is one, too.
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    const handler = action && (HANDLERS[name] as Handler<object, unknown> | undefined);
    if (!handler) throw new CoordinatorError('NOT_FOUND', `There is no action "${String(name)}"`);
    if (!caller && action.permission !== 'open') throw unknownCaller();
    const parsed = parseInput(handler.input, input);
    if (!caller)
      return (await handler.run(this.#options.operations, parsed, WHOEVER())) as OutputOf<Name>;
    const call = toCall(caller);
    const queue = queueIn(parsed);
    const intent: AuditIntent = {
      action: name,
      actor: { kind: call.principal.kind, id: call.principal.id, name: call.principal.name },
      queue,
      parameters: tellable(parsed, action.secret),
      address: call.address,
      correlationId: call.correlationId,
    };
    const act = async (): Promise<unknown> => {
      try {
        return await handler.run(this.#options.operations, parsed, call);
      } catch (error) {
        throw outageOf(error, action.effect) ?? error;
      }
    };
    if (action.effect === 'reads' && !action.isAudited) {
      this.#permit(action, call, queue);
      return (await act()) as OutputOf<Name>;
    }
    return (await this.#audited(action, intent, parsed, call, act)) as OutputOf<Name>;
  }

  /** The same, always for one caller. */
  as(caller: Caller): ActionCaller {
    return { call: (name, input) => this.call(name, input, caller) };
  }

  async #audited(
    action: Action,
    intent: AuditIntent,
    input: object,
    call: Call,
    act: () => Promise<unknown>,
  ): Promise<unknown> {
    const { audit, limit } = this.#options;
    const waitMs = limit(`${call.principal.kind}:${call.principal.id}`);
    if (waitMs > 0)
      throw new RateLimited(
        waitMs,
        `Too many changes and exports by ${call.principal.name}: wait ${Math.ceil(waitMs / 1_000)} s`,
      );
    try {
      this.#permit(action, call, intent.queue);
      this.#confirm(action, intent.queue, input);
      if (action.effect !== 'reads') this.#writable();
    } catch (error) {
      await audit.refuse(intent, resultOf(error));
      throw error;
    }
    const id = await audit.begin(intent);
    let output: unknown;
    try {
      output = await act();
    } catch (error) {
      await audit.end(id, intent, resultOf(error));
      throw error;
    }
    await audit.end(id, intent, { result: 'done', code: null });
    return output;
  }

  #permit({ permission, scope }: Action, call: Call, queue: string | null): void {
    if (permission === 'open' || permission === 'known') return;
    const over = scope === 'fleet' ? null : scope === 'queue' ? queue : undefined;
    if (!call.may(permission, over)) throw forbidden(permission, over ?? null);
  }

  #confirm({ asksForName }: Action, queue: string | null, input: object): void {
    if (!asksForName || (input as { dryRun?: boolean }).dryRun) return;
    if ((input as { confirm?: string }).confirm === queue) return;
    throw new CoordinatorError(
      'CONFIRMATION_NEEDED',
      `This cannot be brought back: repeat the name of the queue, "${queue}", in \`confirm\``,
    );
  }

  #writable(): void {
    if (this.#options.isReadOnly())
      throw new CoordinatorError(
        'READ_ONLY',
        'This process changes nothing: start it with `--write` and a user of Redis that may write',
      );
  }
}

const NOBODY: Principal = { kind: 'loopback', id: 'nobody', name: 'nobody', grants: [] };

/** What is open shows all of it to everybody: what somebody known may see of it is looked at only where it is closed. */
const WHOEVER = (): Call => ({
  ...toCall({ principal: NOBODY }),
  may: () => true,
  require: () => {},
});

function toCall({ principal, address, correlationId, signal }: Caller): Call {
  const may = (permission: Permission, queue: string | null | undefined): boolean =>
    allows(principal, permission, queue);
  return {
    principal,
    address: address ?? null,
    correlationId: correlationId ?? randomUUID(),
    signal: signal ?? new AbortController().signal,
    may,
    require(permission, queue) {
      if (!may(permission, queue)) throw forbidden(permission, queue);
    },
  };
}

function unknownCaller(): CoordinatorError {
  return new CoordinatorError(
    'NOT_AUTHENTICATED',
    'Nobody knows who asks: send a token (`Authorization: Bearer …`) or sign in',
  );
}

function forbidden(permission: Permission, queue: string | null): CoordinatorError {
  const where = queue === null ? '' : ` on the queue "${queue}"`;
  return new CoordinatorError('FORBIDDEN', `This needs the permission \`${permission}\`${where}`);
}

function queueIn(input: object): string | null {
  const { queue } = input as { queue?: unknown };
  return typeof queue === 'string' ? queue : null;
}

const REFUSALS: readonly ErrorCode[] = ['FORBIDDEN', 'CONFIRMATION_NEEDED', 'READ_ONLY'];

function resultOf(error: unknown): AuditResult {
  const code = error instanceof CoordinatorError ? error.code : null;
  const isRefused = code !== null && REFUSALS.includes(code);
  return { result: isRefused ? 'refused' : 'failed', code: code ?? 'UNEXPECTED' };
}
