/**
 * What the page says about photos: alternative texts, colours by name, sizes and days.
 */
import { expect, test } from 'vitest';
import type { PhotoView } from '../src/catalogue.ts';
import { nameColour, nameColours } from '../src/page/colour-names.ts';
import { count, describePhoto, sentence, toDay, toSize } from '../src/page/words.ts';

const FACTS = {
  format: 'jpeg' as const,
  ...{ width: 1_200, height: 900, orientation: 1 },
  ...{ hasAlpha: false, hasColourProfile: false, hasGps: false },
};
const VIEW: PhotoView = {
  ...{ id: 'a'.repeat(64), name: 'sea.jpg', bytes: 1, receivedAt: 0, status: 'done', steps: {} },
  ...{ doneSteps: 10, totalSteps: 10, error: null, placeholder: null, nearDuplicates: [] },
  ...{ thumbnail: null, colours: ['#1b3a6b', '#1c3a6d', '#808284'] },
  facts: { ...FACTS, camera: 'Halden D40', takenAt: '2024-05-01T19:41:07' },
};

test('an alternative text says what is known, and no more', () => {
  expect(describePhoto(VIEW)).toBe(
    'sea.jpg: landscape photo, mostly dark blue and grey, taken on 1 May 2024 with Halden D40',
  );
  const facts = { ...FACTS, width: 900, height: 1_200, camera: null, takenAt: null };
  expect(describePhoto({ ...VIEW, facts, colours: [] })).toBe('sea.jpg: portrait photo');
  expect(describePhoto({ ...VIEW, facts: null, colours: [] })).toBe('sea.jpg: photo');
});

test.each([
  ['#000000', 'black'],
  ['#ffffff', 'white'],
  ['#2b2921', 'dark grey'],
  ['#c8c8ca', 'light grey'],
  ['#d02020', 'red'],
  ['#20a040', 'green'],
  ['#2040d0', 'blue'],
  ['#57542d', 'olive'],
  ['#6b3f16', 'dark brown'],
  ['#d8c8a0', 'sand'],
])('%s is %s', (colour, name) => {
  expect(nameColour(colour)).toBe(name);
});

test('colours that have one name are named once', () => {
  expect(nameColours(['#2040d0', '#2242d4', '#d02020'])).toEqual(['blue', 'red']);
});

test('numbers and days are written as people write them', () => {
  expect([toSize(200), toSize(81_000), toSize(4_230_000)]).toEqual(['1 kB', '81 kB', '4.2 MB']);
  expect([count(1, 'photo', 'photos'), count(1_204, 'photo', 'photos')]).toEqual([
    '1 photo',
    '1,204 photos',
  ]);
  expect(toDay('2008-10-22T16:28:39')).toBe('22 October 2008');
  // Cameras may write days that there are none.
  expect(toDay('2008-13-41T16:28:39')).toBe('2008-13-41');
  expect([sentence('It is empty'), sentence('Really?')]).toEqual(['It is empty.', 'Really?']);
});
