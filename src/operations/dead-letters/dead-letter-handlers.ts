/**
 * Handlers of the actions of `dead-letter-actions.ts`: their schemas, and what they do.
 */
import { z } from 'zod';
import type { Permission } from '../../access/permissions.ts';
import { type Duration, parseDuration } from '../../base/units.ts';
import type { Command } from '../../dead-letters/bulk-action.ts';
import type { Selection } from '../../dead-letters/selection.ts';
import { InputError } from '../../errors.ts';
import type { Call, Handler, Handlers } from '../action.ts';
import { actorOf } from '../actor.ts';
import {
  cursorField,
  durationField,
  jobField,
  limitField,
  nameField,
  queueField,
} from '../fields.ts';
import type { Operations } from '../operations.ts';
import { withoutUnseenChildren } from '../unseen-children.ts';
import { type BulkSource, commandBulk, findBulk, listBulk } from './bulk-source.ts';
import type {
  DeadLetterActionTypes,
  LetterReplay,
  LetterSelection,
} from './dead-letter-actions.ts';
import {
  bulk,
  bulkPlan,
  failureGroup,
  letter,
  letterCounts,
  letterPage,
} from './dead-letter-schemas.ts';
import type { BulkView } from './dead-letter-views.ts';

const MOST_ROWS = 200;
const MOST_IDS = 10_000;
const MOST_GROUPS = 500;
const MOST_PER_SECOND = 1_000_000;
const DAY_MS = 24 * 3_600_000;

const filterField = z.string().max(2_000, 'must have at most 2000 characters');
const groupField = z.string().regex(/^[0-9a-f]{16}$/, 'must be 16 hexadecimal digits');
const selection = {
  queue: queueField,
  ids: z.array(jobField).min(1, 'must name some').max(MOST_IDS).exactOptional(),
  filter: filterField.exactOptional(),
  group: groupField.exactOptional(),
};
const perSecond = z.number().positive().max(MOST_PER_SECOND).exactOptional();
const replay = {
  ...selection,
  patch: z.unknown().optional(),
  perSecond,
  canary: z
    .strictObject({
      count: limitField(1_000),
      wait: durationField(1, DAY_MS).exactOptional(),
      tolerated: z.number().min(0).lt(1, 'must be below 1').exactOptional(),
    })
    .exactOptional(),
};
const ofBulk = z.strictObject({ bulk: nameField });

/** Everything that keeps bulk actions. */
const bulkSources = ({ deadLetters, jobs }: Operations): readonly BulkSource[] => [
  deadLetters.bulk,
  jobs.bulk,
];

/** Handlers by action. */
export const DEAD_LETTER_HANDLERS: Handlers<DeadLetterActionTypes> = {
  'deadLetters.counts': {
    ...{ input: z.strictObject({}), output: letterCounts },
    run: ({ deadLetters }, _input, call) => deadLetters.counts(seeing(call)),
  },
  'deadLetters.list': {
    input: z.strictObject({
      queue: queueField,
      filter: filterField.exactOptional(),
      group: groupField.exactOptional(),
      cursor: cursorField.exactOptional(),
      limit: limitField(MOST_ROWS).exactOptional(),
    }),
    output: letterPage,
    run({ deadLetters }, { cursor, limit, ...of }) {
      const page = {
        ...(cursor !== undefined && { place: cursor }),
        ...(limit && { most: limit }),
      };
      const isAll = of.filter === undefined && of.group === undefined;
      return deadLetters.list(isAll ? { queue: of.queue, filter: '' } : selectionOf(of), page);
    },
  },
  'deadLetters.get': {
    ...{ input: z.strictObject({ queue: queueField, job: jobField }), output: letter },
    async run({ deadLetters }, { queue, job }, call) {
      const sight = { ...sightOf(call, queue), sees: seeing(call) };
      return withoutUnseenChildren(await deadLetters.get(queue, job, sight), call);
    },
  },
  'deadLetters.plan': {
    input: z.strictObject({ ...replay, kind: z.enum(['replay', 'discard']).exactOptional() }),
    output: bulkPlan,
    run({ deadLetters }, { kind, patch, ...of }, call) {
      const wishes = { ...(kind && { kind }), ...(patch !== undefined && { patch }) };
      return deadLetters.plan(selectionOf(of), { ...wishes, ...sightOf(call, of.queue) });
    },
  },
  'deadLetters.replay': {
    ...{ input: z.strictObject(replay), output: bulk },
    run({ deadLetters }, input, call) {
      if (input.patch !== undefined) call.require('jobs.update', input.queue);
      return deadLetters.replay(selectionOf(input), {
        ...wishesOf(input),
        ...sightOf(call, input.queue),
        actor: actorOf(call),
      });
    },
  },
  'deadLetters.discard': {
    input: z.strictObject({
      ...selection,
      confirm: z.string().max(500).exactOptional(),
      perSecond,
      withJobs: z.boolean().exactOptional(),
    }),
    output: bulk,
    run({ deadLetters }, input, call) {
      if (input.withJobs) call.require('jobs.remove', input.queue);
      return deadLetters.discard(selectionOf(input), {
        ...(input.perSecond !== undefined && { perSecond: input.perSecond }),
        ...(input.withJobs !== undefined && { withJobs: input.withJobs }),
        actor: actorOf(call),
      });
    },
  },
  'deadLetters.export': {
    ...{ input: z.strictObject(selection), output: z.string() },
    run({ deadLetters }, of, call) {
      const isAll = !of.ids && of.filter === undefined && of.group === undefined;
      const chosen = isAll ? { queue: of.queue, filter: '' } : selectionOf(of);
      const sight = { ...sightOf(call, of.queue), sees: seeing(call) };
      return shownLines(deadLetters.export(chosen, sight), call);
    },
  },
  'groups.list': {
    input: z.strictObject({
      queue: queueField.exactOptional(),
      state: z.enum(['open', 'resolved', 'ignored', 'regressed']).exactOptional(),
      limit: limitField(MOST_GROUPS).exactOptional(),
    }),
    output: z.array(failureGroup),
    async run({ deadLetters }, filter, call) {
      if (filter.queue !== undefined) call.require('jobs.read', filter.queue);
      const groups = await deadLetters.groups(filter, groupSightOf(call, 'jobs.read'));
      return withoutUnseenChildren(groups, call);
    },
  },
  'groups.get': {
    ...{ input: z.strictObject({ group: groupField }), output: failureGroup },
    run: async ({ deadLetters }, { group }, call) =>
      withoutUnseenChildren(await deadLetters.group(group, groupSightOf(call, 'jobs.read')), call),
  },
  'groups.set': {
    input: z.strictObject({ group: groupField, state: z.enum(['open', 'resolved', 'ignored']) }),
    output: failureGroup,
    // Where the caller may replay: what others have of the group stays as it is.
    async run({ deadLetters }, { group, state }, call) {
      const sight = groupSightOf(call, 'dead-letters.replay');
      const set = await deadLetters.setGroupState(group, state, actorOf(call), sight);
      return withoutUnseenChildren(set, call);
    },
  },
  'bulk.list': {
    input: z.strictObject({ limit: limitField(MOST_ROWS).exactOptional() }),
    output: z.array(bulk),
    run: (operations, { limit = 50 }, call) => listBulk(bulkSources(operations), limit, call),
  },
  'bulk.get': {
    ...{ input: ofBulk, output: bulk },
    run: (operations, input, call) => findBulk(bulkSources(operations), input.bulk, call),
  },
  'bulk.pause': commanding('pause'),
  'bulk.resume': commanding('resume'),
  'bulk.abort': commanding('abort'),
  'bulk.undo': commanding('undo'),
};

function commanding(command: Command): Handler<{ readonly bulk: string }, BulkView> {
  return {
    ...{ input: ofBulk, output: bulk },
    run: (operations, input, call) =>
      commandBulk(bulkSources(operations), input.bulk, { command, actor: actorOf(call) }, call),
  };
}

/** Exactly one way to choose. Throws INPUT_INVALID. */
function selectionOf({ queue, ids, filter, group }: LetterSelection): Selection {
  const given = [ids, filter, group].filter((way) => way !== undefined);
  if (given.length !== 1)
    throw new InputError('', 'give one of `ids`, `filter` and `group`: which dead letters');
  if (ids) return { queue, ids };
  return group === undefined ? { queue, filter: filter! } : { queue, group };
}

function wishesOf({ patch, perSecond: rate, canary }: LetterReplay) {
  return {
    ...(patch !== undefined && { patch }),
    ...(rate !== undefined && { perSecond: rate }),
    ...(canary && { canary: canaryOf(canary) }),
  };
}

function canaryOf({ count, wait, tolerated }: NonNullable<LetterReplay['canary']>) {
  return {
    count,
    ...(wait !== undefined && { waitMs: parseDuration(wait as Duration)! }),
    ...(tolerated !== undefined && { tolerated }),
  };
}

function sightOf(call: Call, queue: string): { readonly mayReadData: boolean } {
  return { mayReadData: call.may('data.read', queue) };
}

async function* shownLines(lines: AsyncIterable<string>, call: Call): AsyncGenerator<string> {
  for await (const line of lines) yield withoutUnseenChildren(line, call);
}

function seeing(call: Call): (queue: string) => boolean {
  return (queue) => call.may('jobs.read', queue);
}

function groupSightOf(call: Call, permission: Permission) {
  return {
    sees: (queue: string) => call.may('jobs.read', queue) && call.may(permission, queue),
    mayReadData: (queue: string) => call.may('data.read', queue),
  };
}
