import { expect, test } from 'vitest';
import { createDeferred, type Deferred } from '../base/deferred.ts';
import { INTERRUPTED, type Marker } from '../redis/waiting.ts';
import { Intake } from './intake.ts';

const MARKER: Marker = { member: '0', score: 0 };

/** An intake whose waits the test settles. */
function createIntake() {
  const waits: Deferred<Marker>[] = [];
  const offered: Marker[] = [];
  let opened = 0;
  const intake = new Intake(
    {
      wait: () => {
        const wait = createDeferred<Marker>();
        waits.push(wait);
        return wait.promise;
      },
      interrupt: () => waits.at(-1)?.resolve(INTERRUPTED),
      offer: (_key, marker) => offered.push(marker),
    },
    {
      key: 'k',
      owner: {},
      onOpened: () => {
        opened += 1;
      },
    },
  );
  const wait = (): Promise<Marker> => intake.wait(5_000, true);
  return { intake, waits, offered, wait, opened: () => opened };
}

test('a quiet worker leaves the wait as one for which nothing is due, and waits apart', async () => {
  const { intake, waits, wait, offered } = createIntake();
  const before = wait();
  intake.quiet();
  expect(await before).toBe(INTERRUPTED);
  const parked = wait();
  expect(waits).toHaveLength(1);
  intake.open();
  expect(await parked).toBe(INTERRUPTED);
  // Then it looks for what came meanwhile, once.
  expect(await wait()).toBeNull();
  void wait();
  expect(waits).toHaveLength(2);
  expect(offered).toEqual([]);
});

test('a marker that was popped in the turn in which it went quiet is handed on', async () => {
  const { intake, waits, wait, offered } = createIntake();
  const woken = wait();
  waits[0]!.resolve(MARKER);
  intake.quiet();
  expect(await woken).toBe(INTERRUPTED);
  expect(offered).toEqual([MARKER]);
});

test('so is one that was not followed by a fetch, once', async () => {
  const { intake, waits, wait, offered } = createIntake();
  const woken = wait();
  waits[0]!.resolve(MARKER);
  expect(await woken).toBe(MARKER);
  intake.quiet();
  intake.open();
  intake.quiet();
  expect(offered).toEqual([MARKER]);
});

test('one that was followed by a fetch is not', async () => {
  const { intake, waits, wait, offered } = createIntake();
  const woken = wait();
  waits[0]!.resolve(MARKER);
  await woken;
  intake.fetching();
  intake.quiet();
  expect(offered).toEqual([]);
});

test('pausing and closing end the wait of a quiet worker, too', async () => {
  const { intake, wait } = createIntake();
  intake.quiet();
  const parked = wait();
  intake.interrupt();
  expect(await parked).toBe(INTERRUPTED);
  expect(intake.isQuiet).toBe(true);
});

test('who looks after a wait was ended for it needs no second look', async () => {
  const { intake, waits, wait } = createIntake();
  const before = wait();
  intake.endWait();
  await before;
  intake.fetching();
  void wait();
  expect(waits).toHaveLength(2);
});

test('only what was quiet is opened', () => {
  const { intake, opened } = createIntake();
  intake.open();
  expect(opened()).toBe(0);
  intake.quiet();
  intake.open();
  expect(opened()).toBe(1);
});
