/**
 * What an action is: something an operator may see or do, declared once, for every face.
 *
 * The catalogue of a domain (`*-actions.ts`) is plain data and types, light enough for a browser and for a command
 * that must start at once. Its handlers (`*-handlers.ts`) hold the schemas and do the work. Faces never call handlers:
 * they call the control surface, which checks the input, the permission and the confirmation, and writes the audit.
 */
import type { z } from 'zod';
import type { Permission } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import type { Operations } from './operations.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** An action as the catalogue has it. */
export interface Action {
  /** Method and path. A part that begins with a colon is the field of that name in the input; encoded as in a URL. */
  readonly route: `${Method} /${string}`;
  /** What is needed for it; `known`: only to be somebody; `open`: nothing, as probes ask it. */
  readonly permission: Permission | 'known' | 'open';
  /**
   * What the permission must cover: the queue that the field `queue` of the input names; every queue there is
   * (`fleet`); or at least one, the handler then looks at each (`each`).
   */
  readonly scope: 'queue' | 'fleet' | 'each';
  /** Whether it only reads, changes something, or destroys something that cannot be brought back. */
  readonly effect: 'reads' | 'changes' | 'destroys';
  /** Written down in the audit, although it only reads: it carries data of many jobs away. */
  readonly isAudited?: true;
  /** The field `confirm` of the input must repeat the queue's name. */
  readonly asksForName?: true;
  /**
   * Fields that hold data of jobs: the audit tells their size only. Numbers in them that JavaScript cannot hold may come
   * as `parseExactly` has them, and do over HTTP.
   */
  readonly secret?: readonly string[];
  /** What it does, as a sentence for the reference. */
  readonly says: string;
  /** One JSON document, NDJSON line by line, a plain text, or server-sent events. @default json */
  readonly answers?: 'json' | 'lines' | 'text' | 'events';
}

/** Name of each action → what goes in and what comes out. */
export type ActionTypes = Record<string, { readonly input: object; readonly output: unknown }>;

/** A catalogue with exactly these actions. */
export type Actions<Types> = { readonly [Name in keyof Types]: Action };

/** What a handler knows of whoever asks. */
export interface Call {
  readonly principal: Principal;
  /** Where from; null when it was asked in this process. */
  readonly address: string | null;
  readonly correlationId: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Whether whoever asks has a permission for a queue; null: for every queue; undefined: for some queue. */
  may(permission: Permission, queue: string | null | undefined): boolean;
  /** Throws FORBIDDEN. */
  require(permission: Permission, queue: string | null): void;
}

/** What an action does. */
export interface Handler<Input, Output> {
  /** Strict: unknown fields are refused. Its JSON schema is published. */
  readonly input: z.ZodType<Input>;
  /** Of one JSON document, or of one line or event. Published, and checked in tests. */
  readonly output: z.ZodType;
  run(operations: Operations, input: Input, call: Call): Output | Promise<Output>;
}

/** Handlers of a whole catalogue. */
export type Handlers<Types extends { [Name in keyof Types]: { input: object; output: unknown } }> =
  {
    readonly [Name in keyof Types]: Handler<Types[Name]['input'], Types[Name]['output']>;
  };
