/** The table of permissions over HTTP: whoever lacks the permission of an action gets 403, and nothing is done. */
import { Coordinator } from 'drover';
import { http } from 'drover/http';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { PERMISSIONS, type Permission } from '../../src/access/permissions.ts';
import { ROUTES } from '../../src/http/routes.ts';
import { fakeAction } from './fake-actions.ts';

const guarded = ROUTES.filter(
  ({ action }) => action.permission !== 'open' && action.permission !== 'known',
);

test.each(guarded)('$name needs its permission', async ({ name, action, method, path }) => {
  let acts = 0;
  const run = (): unknown => {
    acts += 1;
    return {};
  };
  fakeAction(name, { input: z.looseObject({}), output: z.unknown(), run });
  const coordinator = new Coordinator({ logger: false, redisUrl: '' });
  onTestFinished(() => coordinator.stop({ timeoutMs: 100 }));
  const all = Object.keys(PERMISSIONS) as Permission[];
  const may = all.filter((each) => each !== action.permission);
  const access = {
    authorize: ({ headers }: Request) =>
      headers.has('authorization')
        ? ({ kind: 'application', id: 'ann', name: 'Ann', grants: [{ may }] } as const)
        : null,
  };
  const face = http(coordinator, { access });
  const url = `http://localhost${path.replace(/:\w+/g, 'mails')}`;
  const ask = (headers: Record<string, string>) =>
    face.fetch(new Request(url, { method, headers: { host: 'localhost', ...headers } }));
  expect((await ask({ authorization: 'Bearer x' })).status).toBe(403);
  expect((await ask({ 'x-drover': '1' })).status).toBe(401);
  expect(acts).toBe(0);
});
