/**
 * Schemas of the fields that many actions have. Their names are the ones of the catalogue.
 */
import { z } from 'zod';
import { formatDuration, parseDuration } from '../base/units.ts';
import { DEFAULT_BULL_PREFIX, queueLabel, queueOfLabel } from '../keys.ts';

const LONGEST_LABEL = 300;
const LONGEST_ID = 1_000;
/** An id of the greatest length, whatever its letters, as a cursor writes it. */
const LONGEST_CURSOR = 6_000;

// Control characters are in no name that BullMQ or a person makes; they break logs and terminals.
const CONTROL = /\p{Cc}/u;
const plain = (longest: number): z.ZodString =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(longest, `must have at most ${longest} characters`)
    .refine((text) => !CONTROL.test(text), 'must hold no control characters') as z.ZodString;

/** Label of a queue: its name, `<prefix>:<name>` under another prefix than BullMQ's default. One queue has one label. */
export const queueField: z.ZodType<string> = plain(LONGEST_LABEL).refine(
  (label) => queueLabel(...partsOf(label)) === label,
  `must be the name alone under the prefix "${DEFAULT_BULL_PREFIX}"`,
);
/** Id of a job. */
export const jobField: z.ZodType<string> = plain(LONGEST_ID);
/** Any other name or id. */
export const nameField: z.ZodType<string> = plain(LONGEST_LABEL);
/** A text of people: a reason. */
export const reasonField: z.ZodType<string> = plain(500);
/** A place that a page has given. */
export const cursorField: z.ZodType<string> = z.string().max(LONGEST_CURSOR);
/** A number of rows. */
export function limitField(most: number): z.ZodType<number> {
  return z.number().int('must be a whole number').min(1).max(most);
}

/** A duration as people write it, such as `2h`. */
export function durationField(leastMs: number, mostMs: number): z.ZodType<string> {
  const isWithin = (text: string): boolean => {
    const ms = parseDuration(text as Parameters<typeof parseDuration>[0]);
    return ms !== undefined && ms >= leastMs && ms <= mostMs;
  };
  const bounds = `from ${formatDuration(leastMs)} to ${formatDuration(mostMs)}`;
  return z.string().max(20).refine(isWithin, `must be a duration ${bounds}, such as "2h"`);
}

function partsOf(label: string): [prefix: string, name: string] {
  const { prefix, name } = queueOfLabel(label);
  return [prefix, name];
}
