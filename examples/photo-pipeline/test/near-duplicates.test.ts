/**
 * Near-duplicates: the same picture in another size and quality is found, different pictures are not.
 */
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { startRedis } from '../../../test/support/redis-server.ts';
import { until } from '../../../test/support/until.ts';
import { Catalogue } from '../src/catalogue.ts';
import {
  countDifferentBits,
  hashPhoto,
  NEAR_DUPLICATE_BITS,
} from '../src/images/perceptual-hash.ts';
import { Storage } from '../src/storage.ts';
import { allSettled, getPhoto, getPhotos, upload } from './support/client.ts';
import { makeFolder } from './support/folders.ts';
import { makePhoto, makePhotos } from './support/make-photos.ts';
import { startService } from './support/service.ts';

async function distance(one: Buffer, other: Buffer): Promise<number> {
  return countDifferentBits(await hashPhoto(one), await hashPhoto(other));
}

test('a photo and its smaller, brighter, turned or recompressed copies are near', async () => {
  const photo = await makePhoto({ width: 900, height: 600 });
  const copies = [
    await sharp(photo).resize(300).jpeg({ quality: 40 }).toBuffer(),
    await sharp(photo).modulate({ brightness: 1.15 }).webp().toBuffer(),
    await makePhoto({ width: 900, height: 600, orientation: 6, quality: 60 }),
  ];
  for (const copy of copies) {
    expect(await distance(photo, copy)).toBeLessThanOrEqual(NEAR_DUPLICATE_BITS);
  }
});

test('different photos are far from each other', async () => {
  const hashes = await Promise.all((await makePhotos(12)).map(hashPhoto));
  for (const [at, hash] of hashes.entries()) {
    for (const other of hashes.slice(at + 1)) {
      expect(countDifferentBits(hash, other)).toBeGreaterThan(NEAR_DUPLICATE_BITS);
    }
  }
});

test('a hash has 64 bits, and all of them count', () => {
  expect(countDifferentBits('0000000000000000', 'ffffffffffffffff')).toBe(64);
  expect(countDifferentBits('8000000000000001', '0000000000000000')).toBe(2);
});

test('near-duplicates name each other in the gallery, also after a restart', async () => {
  await using redis = await startRedis();
  const first = await startService({ redisUrl: redis.url });
  const photo = await makePhoto({ width: 800, height: 600, kind: 'desert', seed: 7 });
  const copy = await sharp(photo).resize(500).jpeg({ quality: 50 }).toBuffer();
  const other = await makePhoto({ kind: 'city', seed: 8 });
  await upload(first.url, [
    ['photo.jpg', photo],
    ['copy.jpg', copy],
    ['other.jpg', other],
  ]);
  const settled = await allSettled(first.url, 3);
  const [photoId, copyId] = [settled['photo.jpg']!.id, settled['copy.jpg']!.id];
  const links = async (url: string) => {
    const photos = await getPhotos(url);
    return ['photo.jpg', 'copy.jpg', 'other.jpg'].map((name) => photos[name]?.nearDuplicates);
  };
  const linked = JSON.stringify([[copyId], [photoId], []]);
  await until(async () => JSON.stringify(await links(first.url)) === linked);
  const { manifest } = await getPhoto(first.url, settled['other.jpg']!.id);
  expect(manifest).toMatchObject({ nearDuplicates: [], variants: { length: 6 } });

  await first.stop();
  const second = await startService({ redisUrl: redis.url, data: first.data });
  expect(JSON.stringify(await links(second.url))).toBe(linked);
});

test.each(['first', 'second'])(
  'a photo that was stored %s learns at the start which other names it',
  async (which) => {
    const storage = new Storage(await makeFolder());
    await storage.open();
    const ids: string[] = [];
    for (const text of ['one', 'two']) ids.push((await storage.receive(streamOf(text))).id);
    const [named, naming] = which === 'first' ? [ids[0]!, ids[1]!] : [ids[1]!, ids[0]!];
    await storage.writeRecord('manifests', naming, { nearDuplicates: [named] });
    await storage.writeRecord('manifests', named, { nearDuplicates: [] });
    const catalogue = new Catalogue(storage);
    await catalogue.load();
    expect(catalogue.get(named)?.nearDuplicates).toEqual([naming]);
    expect(catalogue.get(naming)?.nearDuplicates).toEqual([named]);
    await catalogue.refresh(named);
    expect(catalogue.get(named)?.nearDuplicates).toEqual([naming]);
  },
);

async function* streamOf(text: string): AsyncIterable<Buffer> {
  yield Buffer.from(text);
}
