/**
 * What tests of the actions on jobs share: asking through the gate, with answers checked against their published schemas,
 * and queues of plain BullMQ's.
 */
import type { Coordinator } from 'drover';
import { expect } from 'vitest';
import type { Principal } from '../../src/access/principal.ts';
import type { ActionName, InputOf, OutputOf } from '../../src/operations/actions.ts';
import { HANDLERS } from '../../src/operations/handlers.ts';

/** Somebody with these rights. */
export const someone = (...grants: Principal['grants'][number][]): Principal => ({
  ...{ kind: 'token', id: 'ann', name: 'ann', grants },
});
/** Somebody who may do everything. */
export const ADMIN: Principal = someone({ may: ['admin'] });

/** Asks through the gate, and checks the answer against its published schema. */
export async function ask<Name extends ActionName>(
  { control }: Pick<Coordinator, 'control'>,
  name: Name,
  input: InputOf<Name>,
  principal: Principal = ADMIN,
): Promise<OutputOf<Name>> {
  const output = await control.call(name, input, { principal });
  const checked = HANDLERS[name]!.output.safeParse(output);
  expect(checked.error?.issues ?? []).toEqual([]);
  return output;
}
