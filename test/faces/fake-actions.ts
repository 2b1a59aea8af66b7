/**
 * Actions whose handlers are the test's own: what the face does around them is looked at, not what they do.
 */
import { onTestFinished } from 'vitest';
import type { ActionName } from '../../src/operations/actions.ts';
import { HANDLERS } from '../../src/operations/handlers.ts';

/** Has an action done by the test until it is over. */
export function fakeAction(name: ActionName, handler: object): void {
  const handlers = HANDLERS as Record<string, unknown>;
  const before = handlers[name];
  handlers[name] = handler;
  onTestFinished(() => {
    if (before) handlers[name] = before;
    else delete handlers[name];
  });
}
