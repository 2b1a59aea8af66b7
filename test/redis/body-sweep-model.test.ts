/**
 * Many random steps of jobs that share bodies, with rounds of the sweep in between and at the same time.
 *
 * The model knows what refers to what. After every step each body that something has referred to without a break is
 * there; in the end nothing else is.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import { HOUR, Stage } from './swept-bodies.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const STEPS = 400;

/** References, as the model knows them: key and field → body. */
class Model {
  readonly #stage: Stage;
  readonly #random: () => number;
  readonly #references = new Map<string, { key: string; field: string; id: string }>();
  #made = 0;

  constructor(stage: Stage, random: () => number) {
    this.#stage = stage;
    this.#random = random;
  }

  get used(): Set<string> {
    return new Set([...this.#references.values()].map(({ id }) => id));
  }

  async step(): Promise<void> {
    const dice = this.#random();
    const one = this.#any();
    if (dice < 0.35 || !one) await this.#refer((await this.#stage.body(this.#queue())).id);
    else if (dice < 0.5) await this.#refer(one.id);
    else if (dice < 0.65) await this.#move(one);
    else await this.#remove(one);
  }

  /** As a dead letter that is replayed, or a child that completes: the new reference comes first. */
  async #move(from: { key: string; field: string; id: string }): Promise<void> {
    await this.#refer(from.id);
    await this.#remove(from);
  }

  async #refer(id: string): Promise<void> {
    const { bull, keys, redis } = this.#stage;
    this.#made += 1;
    const pointer = JSON.stringify(this.#stage.pointerTo(id));
    const job = `${bull}:${this.#queue()}:${this.#made}`;
    const letter = keys.deadLetter(`${bull}:${this.#queue()}`, String(this.#made));
    const places: [string, string, string][] = [
      [job, 'data', pointer],
      [job, 'returnvalue', pointer],
      [job, 'progress', pointer],
      [`${job}:processed`, 'child', pointer],
      [`${bull}:photos:dn:${this.#made}`, 'data', pointer],
      [`${bull}:photos:repeat:${this.#made}`, 'data', pointer],
      [letter, 'originalJob', JSON.stringify({ name: 'x', data: pointer, opts: '{}' })],
    ];
    const [key, field, value] = places[Math.floor(this.#random() * places.length)]!;
    await redis.hset(key, field, value);
    this.#references.set(`${key} ${field}`, { key, field, id });
  }

  async #remove({ key, field }: { key: string; field: string }): Promise<void> {
    // In this order: the model must not expect what Redis no longer has.
    this.#references.delete(`${key} ${field}`);
    await this.#stage.redis.hdel(key, field);
  }

  #any(): { key: string; field: string; id: string } | undefined {
    const all = [...this.#references.values()];
    return all[Math.floor(this.#random() * all.length)];
  }

  #queue(): string {
    return ['photos', 'mails', 'parents'][Math.floor(this.#random() * 3)]!;
  }
}

test.each([1, 2, 3, 4])('seed %i', async (seed) => {
  const stage = new Stage(server);
  const random = createSeededRandom(seed);
  const model = new Model(stage, random);
  let sweep = await stage.create({ most: 25 });
  for (let step = 0; step < STEPS; step += 1) {
    const round = random() < 0.15 ? sweep.round() : undefined;
    await model.step();
    if (round) {
      if (random() < 0.1) sweep.stop();
      await round;
      if (random() < 0.1) sweep.stop();
      const left = await stage.left();
      expect([...model.used].filter((id) => !left.has(id))).toEqual([]);
    }
    if (random() < 0.2) stage.pass(random() * 10 * HOUR);
    if (random() < 0.03) sweep = await stage.create({ most: 25 });
  }
  const last = await stage.create();
  await stage.sweepThroughGrace(last);
  expect(await stage.left()).toEqual(model.used);
});
