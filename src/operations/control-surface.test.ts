/**
 * The gate, over the whole table of actions. Handlers are replaced by a spy that takes any input: what is proved here
 * holds for every action that is or will be in the table.
 */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { AuditIntent, AuditResult, AuditTrail } from '../access/audit-trail.ts';
import { FLEET_WIDE, PERMISSIONS, type Permission } from '../access/permissions.ts';
import type { Grant, Principal } from '../access/principal.ts';
import { CoordinatorError } from '../errors.ts';
import type { Action } from './action.ts';
import { ACTIONS, type ActionName } from './actions.ts';
import { ControlSurface } from './control-surface.ts';
import type { Operations } from './operations.ts';

const { happened, spied } = vi.hoisted(() => ({
  happened: [] as string[],
  spied: { fails: undefined as unknown },
}));

vi.mock('./handlers.ts', async () => {
  const { z } = await import('zod');
  const { ACTIONS: all } = await import('./actions.ts');
  const handler = {
    ...{ input: z.looseObject({}), output: z.unknown() },
    run: () => {
      happened.push('acted');
      if (spied.fails) throw spied.fails;
      return 'output';
    },
  };
  return { HANDLERS: Object.fromEntries(Object.keys(all).map((name) => [name, handler])) };
});

/** An audit that remembers what it was told, and can fail. */
class FakeAudit implements AuditTrail {
  readonly intents: AuditIntent[] = [];
  readonly results: AuditResult[] = [];
  fails: Error | undefined;

  async begin(intent: AuditIntent): Promise<string> {
    await Promise.resolve();
    if (this.fails) throw this.fails;
    happened.push('intent');
    this.intents.push(intent);
    return '1';
  }
  async end(id: string, _intent: AuditIntent, result: AuditResult): Promise<void> {
    happened.push(`end ${id}`);
    this.results.push(result);
  }
  async refuse(intent: AuditIntent, result: AuditResult): Promise<void> {
    happened.push('refused');
    this.intents.push(intent);
    this.results.push(result);
  }
}

let audit: FakeAudit;
beforeEach(() => {
  happened.length = 0;
  spied.fails = undefined;
  audit = new FakeAudit();
});

function open({ isReadOnly = false, waitMs = 0 } = {}): ControlSurface {
  return new ControlSurface({
    ...{ operations: {} as Operations, audit, isReadOnly: () => isReadOnly, limit: () => waitMs },
    announce: () => {},
  });
}

const who = (...grants: Grant[]): { principal: Principal } => ({
  principal: { kind: 'basic', id: 'ann', name: 'Ann', grants },
});
const admin = who({ may: ['admin'] });
const every = Object.entries(ACTIONS) as [ActionName, Action][];
const guarded = every.filter(
  ([, { permission }]) => permission !== 'open' && permission !== 'known',
) as [ActionName, Action & { permission: Permission }][];
const changing = every.filter(([, { effect }]) => effect !== 'reads');
const input = { queue: 'photos', confirm: 'photos' };
const others = (permission: Permission): Permission[] =>
  (Object.keys(PERMISSIONS) as Permission[]).filter((each) => each !== permission);

describe('the table', () => {
  test('there is something in it, something that changes, and exports', () => {
    expect(every.length).toBeGreaterThan(40);
    expect(changing.length).toBeGreaterThan(20);
    expect(every.filter(([, { isAudited }]) => isAudited).map(([name]) => name)).toEqual([
      'deadLetters.export',
    ]);
  });

  test('what is open, or for whoever is known, changes nothing', () => {
    const free = changing.filter(([name]) => !guarded.some(([other]) => other === name));
    expect(free).toEqual([]);
  });

  test('whoever is known may ask who they are without any permission, and nobody else may', async () => {
    const known = every.filter(([, { permission }]) => permission === 'known');
    expect(known.map(([name]) => name)).toEqual(['access.me']);
    const gate = open();
    await expect(gate.call('access.me', {}, null)).rejects.toMatchObject({
      code: 'NOT_AUTHENTICATED',
    });
    expect(happened).toEqual([]);
    for (const caller of [who(), who({ may: ['audit.read'] }), admin])
      expect(await gate.call('access.me', {}, caller)).toBe('output');
  });

  test('what only reads is asked by GET, what changes something is not, and routes are there once', () => {
    const wrong = every.filter(
      ([, { route, effect }]) => effect !== 'reads' && route.startsWith('GET '),
    );
    expect(wrong.map(([name]) => name)).toEqual([]);
    const routes = every.map(([, { route }]) => route.replaceAll(/:\w+/g, ':'));
    expect(routes.filter((route, i) => routes.indexOf(route) !== i)).toEqual([]);
  });

  test('whoever asks for the name of a queue is about one queue', () => {
    const wrong = every.filter(([, { asksForName, scope }]) => asksForName && scope !== 'queue');
    expect(wrong.map(([name]) => name)).toEqual([]);
  });

  test('obliterating and emptying ask for the name', () => {
    for (const name of ['queues.obliterate', 'queues.empty'] as const)
      expect(ACTIONS[name]).toMatchObject({ effect: 'destroys', asksForName: true });
  });
});

describe.each(guarded)('%s', (name, { permission, scope, effect, isAudited }) => {
  test('nobody gets in: no caller, no grants, every permission but this one', async () => {
    const gate = open();
    await expect(gate.call(name, input, null)).rejects.toMatchObject({ code: 'NOT_AUTHENTICATED' });
    for (const caller of [who(), who({ may: others(permission) }), who({ may: [] })])
      await expect(gate.call(name, input, caller)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(happened).not.toContain('acted');
    expect(happened).not.toContain('intent');
  });

  test('exactly this permission gets in', async () => {
    expect(await open().call(name, input, who({ may: [permission] }))).toBe('output');
  });

  test('a right on some queues goes no further than its scope allows', async () => {
    const isFleetWide = FLEET_WIDE.includes(permission);
    const caller = who({ may: [permission], queues: ['ph*'] });
    const ask = (queue: string): Promise<string> =>
      open()
        .call(name, { queue, confirm: queue }, caller)
        .then(
          () => 'done',
          ({ code }) => code,
        );
    expect(await ask('photos')).toBe(isFleetWide || scope !== 'fleet' ? 'done' : 'FORBIDDEN');
    // `each`: one queue is enough to come in; the handler looks at each.
    expect(await ask('mails')).toBe(isFleetWide || scope === 'each' ? 'done' : 'FORBIDDEN');
    expect(await ask('other:photos')).toBe(isFleetWide || scope === 'each' ? 'done' : 'FORBIDDEN');
  });

  if (isAudited && effect === 'reads') {
    test('what was exported is written down, also where nothing may be changed', async () => {
      await open({ isReadOnly: true }).call(name, input, admin);
      expect(happened).toEqual(['intent', 'acted', 'end 1']);
      expect(audit.intents).toMatchObject([{ action: name, queue: 'photos' }]);
    });

    test('so is an export that was refused, and nothing is exported that cannot be written down', async () => {
      await expect(open().call(name, input, who())).rejects.toMatchObject({ code: 'FORBIDDEN' });
      expect(happened).toEqual(['refused']);
      audit.fails = new CoordinatorError('QUEUE_UNAVAILABLE', 'Redis is away');
      await expect(open().call(name, input, admin)).rejects.toBe(audit.fails);
      expect(happened).toEqual(['refused']);
    });
  } else if (effect === 'reads') {
    test('reading leaves nothing in the audit, and goes on where nothing may be changed', async () => {
      await open({ isReadOnly: true, waitMs: 1_000 }).call(name, input, admin);
      expect(happened).toEqual(['acted']);
    });
  } else {
    test('the intention is written first, then it is done, then its result is written', async () => {
      await open().call(name, input, { ...admin, address: '192.0.2.1', correlationId: 'c-1' });
      expect(happened).toEqual(['intent', 'acted', 'end 1']);
      expect(audit.results).toEqual([{ result: 'done', code: null }]);
      expect(audit.intents).toMatchObject([
        {
          ...{ action: name, actor: { kind: 'basic', id: 'ann', name: 'Ann' }, queue: 'photos' },
          ...{ address: '192.0.2.1', correlationId: 'c-1' },
        },
      ]);
    });

    test('a failure is written with its code and passed on as it is', async () => {
      spied.fails = new CoordinatorError('NOT_FOUND', 'There is no queue "photos"');
      await expect(open().call(name, input, admin)).rejects.toBe(spied.fails);
      expect(happened).toEqual(['intent', 'acted', 'end 1']);
      expect(audit.results).toEqual([{ result: 'failed', code: 'NOT_FOUND' }]);
    });

    test('what was refused is written down and not done', async () => {
      await expect(open().call(name, input, who())).rejects.toMatchObject({ code: 'FORBIDDEN' });
      expect(happened).toEqual(['refused']);
      expect(audit.intents[0]).toMatchObject({ action: name, queue: 'photos' });
      expect(audit.results).toEqual([{ result: 'refused', code: 'FORBIDDEN' }]);
    });

    test('an audit that cannot be written stops it', async () => {
      audit.fails = new CoordinatorError('QUEUE_UNAVAILABLE', 'Redis cannot be reached');
      await expect(open().call(name, input, admin)).rejects.toBe(audit.fails);
      expect(happened).toEqual([]);
    });

    test('it is refused where nothing may be changed, also to an admin', async () => {
      const gate = open({ isReadOnly: true });
      await expect(gate.call(name, input, admin)).rejects.toMatchObject({ code: 'READ_ONLY' });
      expect(happened).toEqual(['refused']);
    });

    test('too many changes are refused and leave no trace in the audit', async () => {
      const gate = open({ waitMs: 1_500 });
      await expect(gate.call(name, input, admin)).rejects.toMatchObject({
        ...{ code: 'RATE_LIMITED', retryAfterMs: 1_500 },
      });
      expect(happened).toEqual([]);
    });
  }
});

describe.each(every.filter(([, { asksForName }]) => asksForName))('%s', (name) => {
  test.each([undefined, '', 'Photos', 'photos ', 'mails', ['photos'], null])(
    'is not done when the name is repeated as %j',
    async (confirm) => {
      const asked = open().call(name, { queue: 'photos', confirm }, admin);
      await expect(asked).rejects.toMatchObject({ code: 'CONFIRMATION_NEEDED' });
      expect(happened).toEqual(['refused']);
    },
  );

  test('a dry run needs no name', async () => {
    await open().call(name, { queue: 'photos', dryRun: true }, admin);
    expect(happened).toContain('acted');
  });
});

describe.each(every.filter(([, { secret }]) => secret))('%s', (name, { secret }) => {
  test('the audit tells the size of what is secret only', async () => {
    const secrets = Object.fromEntries(secret!.map((field) => [field, { card: 'hunter2' }]));
    await open().call(name, { ...input, ...secrets }, admin);
    expect(JSON.stringify(audit.intents)).not.toContain('hunter2');
    expect(JSON.stringify(audit.intents)).toContain('characters]');
  });
});

test('an open action is done for anybody, and nobody has a right in it', async () => {
  for (const [name, { permission }] of every.filter(([, action]) => action.permission === 'open')) {
    expect(permission).toBe('open');
    expect(await open().call(name, input, null)).toBe('output');
  }
});

test('the limit is for each principal, told apart by how they proved who they are', async () => {
  const keys: string[] = [];
  const limit = (key: string): number => {
    keys.push(key);
    return 0;
  };
  const gate = new ControlSurface({
    ...{ operations: {} as Operations, audit, isReadOnly: () => false, limit },
    announce: () => {},
  });
  await gate.call('queues.pause', input, admin);
  await gate.call('queues.pause', input, { principal: { ...admin.principal, kind: 'jwt' } });
  expect(keys).toEqual(['basic:ann', 'jwt:ann']);
});

test('what is no action is not found, whatever it is called', async () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'queues.nothing', ''])
    await expect(open().call(name as ActionName, {}, admin)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
});
