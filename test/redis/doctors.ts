/**
 * What the tests of the doctor share: an application with a server of its own, a look, and obeying what a finding says.
 */
import type { Coordinator, CoordinatorOptions } from 'drover';
import type { Redis } from 'ioredis';
import { expect, onTestFinished } from 'vitest';
import type { DoctorReport, FindingView } from '../../src/operations/doctor/doctor-views.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisOptions, type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

/** Whoever may do everything. */
export const CALLER = {
  principal: { kind: 'loopback', id: 'test', name: 'test', grants: [{ may: ['admin'] }] },
} as const;

/** A server, a client with all rights, and an application that has looked once. */
export interface Patient {
  readonly server: RedisServer;
  readonly redis: Redis;
  readonly coordinator: Coordinator;
}

/** Starts all three; ended with the test. */
export async function startPatient(
  redisOptions: RedisOptions = {},
  options: CoordinatorOptions & { readonly url?: (server: RedisServer) => string } = {},
): Promise<Patient> {
  const server = await startServer(redisOptions);
  const { url, ...rest } = options;
  const coordinator = await startLooking(url?.(server) ?? server.url, rest);
  return { server, redis: createClient({ url: server.adminUrl }), coordinator };
}

/** A server that is ended with the test. */
export async function startServer(options: RedisOptions = {}): Promise<RedisServer> {
  const server = await startRedis(options);
  onTestFinished(() => server.stop());
  return server;
}

/** An application at an address, from when the doctor gets in. */
export async function startLooking(
  url: string,
  options: CoordinatorOptions = {},
): Promise<Coordinator> {
  const coordinator = await startCoordinator({ url }, options);
  await until(async () => (await look(coordinator)).server, { what: 'the doctor gets in' });
  return coordinator;
}

/** What the doctor says; `quick`: against its last look, without waiting. */
export function look(
  coordinator: Coordinator,
  input: object = { quick: true },
): Promise<DoctorReport> {
  return coordinator.control.call('doctor.run', input, CALLER);
}

/** Findings of one check that are more than unverified. */
export async function found(
  coordinator: Coordinator,
  id: string,
  input?: object,
): Promise<readonly FindingView[]> {
  const { findings } = await look(coordinator, input);
  return findings.filter((each) => each.id === id && each.severity !== 'unverified');
}

/** What a finding must be, and what mends it. */
export interface Expected {
  readonly severity: 'critical' | 'warning' | 'information';
  /** Part of what was seen. */
  readonly seen: string;
  /** Words in place of `<...>` of the remedy. */
  readonly fill?: Readonly<Record<string, string>>;
  /** What the remedy says in words and not as a command. */
  readonly byHand?: () => unknown;
}

/** Finds it, does what it says as it is printed, and finds it no more. */
export async function findAndMend(
  { redis, coordinator }: Pick<Patient, 'redis' | 'coordinator'>,
  id: string,
  { severity, seen, fill = {}, byHand }: Expected,
): Promise<FindingView> {
  const finding = await until(
    async () =>
      (await found(coordinator, id)).find(
        (each) => each.severity === severity && each.seen.includes(seen),
      ),
    { what: `${id} is found: ${seen}`, intervalMs: 100 },
  );
  let done = byHand === undefined ? 0 : 1;
  await byHand?.();
  for (const line of finding.remedy) if (await obey(redis, coordinator, line, fill)) done += 1;
  expect(done, `${id}: ${finding.remedy.join('; ')}`).toBeGreaterThan(0);
  await until(async () => (await found(coordinator, id)).length === 0, {
    ...{ what: `${id} is gone`, intervalMs: 100 },
  });
  return finding;
}

/** Does what a line says when it is a command; whether it was one. */
export async function obey(
  redis: Redis,
  coordinator: Coordinator,
  line: string,
  fill: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const text = Object.entries(fill).reduce(
    (filled, [name, value]) => filled.replaceAll(`<${name}>`, value),
    line.replace(/ \([^()]*\)$/, ''),
  );
  const fix = /^npx drover doctor --fix --checks (\w+)$/.exec(text);
  if (fix) {
    await coordinator.control.call('doctor.fix', { checks: [fix[1]!] }, CALLER);
    return true;
  }
  if (!text.startsWith('redis-cli ')) return false;
  const words = [...text.slice('redis-cli '.length).matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)];
  const [command, ...rest] = words.map((word) => word[1] ?? word[2] ?? word[3]!);
  await redis.call(command!, ...rest);
  return true;
}
