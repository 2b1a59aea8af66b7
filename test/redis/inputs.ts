/** An input that is right, for every action of the catalogue: about the queues `mails` and `letters`. */
import { expect } from 'vitest';
import { ACTIONS, type ActionName } from '../../src/operations/actions.ts';
import { HANDLERS } from '../../src/operations/handlers.ts';

/** Values for the fields that an action cannot be without. */
const FIELDS: Readonly<Record<string, unknown>> = {
  ...{
    queue: 'mails',
    job: '1',
    id: '1',
    group: '0123456789abcdef',
    bulk: 'x1',
    token: 'abcdefabcdef',
  },
  ...{ scheduler: 's', worker: 'host:1', name: 'n', data: {}, grants: [{ may: ['viewer'] }] },
  ...{ ids: ['1'], kind: 'replay', max: 1, duration: '1s', concurrency: 1, to: 'letters' },
  ...{ role: 'app', slots: 1, every: '1h', olderThan: '1h' },
};
const STATES: Readonly<Record<string, unknown>> = { 'groups.set': 'resolved' };
/** An input that the action takes. */
export function inputOf(name: ActionName): Record<string, unknown> {
  const input: Record<string, unknown> = ACTIONS[name].asksForName ? { confirm: 'mails' } : {};
  if (/\.(plan|bulk|replay|discard)$/.test(name)) input.ids = ['1'];
  const { input: schema } = HANDLERS[name];
  for (let tries = 0; tries < 10; tries += 1) {
    const issue = schema.safeParse(input).error?.issues[0];
    if (!issue) break;
    const field = String(issue.path[0]);
    if (field === 'state') input.state = STATES[name] ?? 'failed';
    else if (field === 'kind') input.kind = name.startsWith('jobs.') ? 'retry' : 'replay';
    else input[field] = FIELDS[field];
  }
  expect(schema.safeParse(input).error?.issues ?? [], name).toEqual([]);
  return input;
}
