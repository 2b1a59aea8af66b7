/** Patches that could tell what secret fields hold are refused, and all others pass. */
import { expect, test } from 'vitest';
import { toRedactionPaths } from '../payloads/redaction-path.ts';
import { parsePatch } from './patch.ts';
import { refuseTelling } from './secret-patch.ts';

const paths = toRedactionPaths(['customer.phone', 'cards[1].number', 'vault', '**.password']);
const refuse = (operation: object): (() => void) => {
  const patch = parsePatch([{ op: 'add', path: '/size', value: 1 }, operation]);
  return () => refuseTelling(patch, paths);
};

test.each([
  { op: 'test', path: '/customer/phone', value: '079' },
  { op: 'test', path: '/customer/phone/0', value: '0' },
  { op: 'test', path: '/customer', value: { phone: '079' } },
  { op: 'test', path: '', value: { customer: { phone: '079' } } },
  { op: 'test', path: '/logins/0/password', value: 'x' },
  { op: 'test', path: '/logins', value: [{ password: 'x' }] },
  { op: 'copy', from: '/customer/phone', path: '/note' },
  { op: 'copy', from: '/customer', path: '/shown' },
  { op: 'move', from: '/customer', path: '/shown' },
  { op: 'move', from: '/logins/0/password', path: '/note' },
  { op: 'move', from: '/note', path: '/customer/phone' },
  { op: 'remove', path: '/cards/0' },
  { op: 'add', path: '/cards/0', value: {} },
  { op: 'move', from: '/cards/0', path: '/note' },
  { op: 'remove', path: '/vault/0791234567' },
  { op: 'replace', path: '/vault/0', value: 1 },
])('refused: %j', (operation) => {
  expect(refuse(operation)).toThrow(
    expect.objectContaining({
      code: 'PATCH_INVALID',
      message: expect.stringMatching(/operation 2 .*mayReadData/),
    }),
  );
});

test.each([
  { op: 'replace', path: '/customer/phone', value: '079' },
  { op: 'add', path: '/customer', value: { phone: '079' } },
  { op: 'remove', path: '/vault' },
  { op: 'add', path: '/logins/-', value: { password: 'x' } },
  { op: 'test', path: '/photo', value: 'a.jpg' },
  { op: 'test', path: '/customer/name', value: 'Ann' },
  { op: 'move', from: '/photo', path: '/image' },
  { op: 'copy', from: '/logins', path: '/former' },
  { op: 'remove', path: '/photos/0' },
  { op: 'replace', path: '/cards/0', value: {} },
])('passes: %j', (operation) => {
  expect(refuse(operation)).not.toThrow();
});

test('an unfinished path at any depth is one of a place', () => {
  const nested = toRedactionPaths(['**.card.number']);
  const moved = (from: string): (() => void) => {
    const patch = parsePatch([{ op: 'move', from, path: '/shown' }]);
    return () => refuseTelling(patch, nested);
  };
  expect(moved('/orders/0/card')).toThrow('mayReadData');
  expect(moved('/orders/0')).not.toThrow();
});
