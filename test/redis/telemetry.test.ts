/** BullMQ's telemetry reaches BullMQ untouched: the spans and measurements are those of BullMQ alone. */
import { FlowProducer, Queue, Worker } from 'bullmq';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createCoordinator, startCoordinator } from '../support/coordinators.ts';
import {
  type RecordedSpan,
  type RecordingTelemetry,
  recordTelemetry,
} from '../support/recording-telemetry.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const PRODUCER = 3;
const CONSUMER = 4;

/** Three jobs that succeed and one that fails, by all ways of adding. */
async function addAll(queue: Pick<Queue, 'add' | 'addBulk'>, flows: FlowProducer): Promise<void> {
  await queue.add('make', { width: 1 });
  await queue.addBulk([{ name: 'make', data: { width: 2 } }]);
  await flows.add({ name: 'album', queueName: 'thumbnails', data: {}, opts: {} });
  await queue.add('break', {}, { attempts: 1 });
}
const processor = async ({ name }: { name: string }): Promise<string> => {
  if (name === 'break') throw new Error('broken');
  return 'made';
};
const outcomes = ({ measurements }: RecordingTelemetry): string[] =>
  measurements.map(({ instrument }) => instrument).filter((name) => name.startsWith('bullmq.jobs'));
const whenAllEnded = (recording: RecordingTelemetry): Promise<unknown> =>
  until(
    () =>
      recording.spans.filter(({ kind, isEnded }) => kind === CONSUMER && isEnded).length === 4 &&
      outcomes(recording).filter((name) => /completed|failed/.test(name)).length === 4,
    { what: 'four jobs have ended' },
  );

async function withCoordinator(): Promise<RecordingTelemetry> {
  const recording = recordTelemetry();
  const { telemetry } = recording;
  const coordinator = await startCoordinator(server, { telemetry, prefix: 'ours' });
  coordinator.process('thumbnails', processor);
  const queue = coordinator.queue('thumbnails') as unknown as Queue;
  await addAll(queue, coordinator.flows);
  await whenAllEnded(recording);
  return recording;
}

async function withBullMqAlone(): Promise<RecordingTelemetry> {
  const recording = recordTelemetry();
  const { telemetry } = recording;
  const options = { connection: { url: server.url }, prefix: 'alone', telemetry };
  const queue = new Queue('thumbnails', options);
  const flows = new FlowProducer(options);
  const worker = new Worker('thumbnails', processor, options);
  onTestFinished(async () => {
    await Promise.all([worker.close(), queue.close(), flows.close()]);
  });
  await addAll(queue, flows);
  await whenAllEnded(recording);
  return recording;
}

/** What two runs have in common: no ids of workers, no times. */
function shapeOf({ name, kind, attributes, events, parent }: RecordedSpan): unknown {
  const names = Object.keys(attributes).sort();
  const {
    'bullmq.queue.name': queue,
    'bullmq.job.name': jobName,
    'bullmq.job.result': result,
  } = attributes;
  return {
    name,
    kind,
    names,
    queue,
    jobName,
    result,
    events: events.map(([event]) => event),
    parent: parent?.name,
  };
}
const messages = ({ spans }: RecordingTelemetry): unknown[] =>
  [PRODUCER, CONSUMER].flatMap((kind) => spans.filter((span) => span.kind === kind).map(shapeOf));

describe("a coordinator's telemetry", () => {
  test('hears of adds and jobs in the words of BullMQ, joined from producer to consumer', async () => {
    const { spans } = await withCoordinator();
    const names = (kind: number): string[] =>
      spans.filter((span) => span.kind === kind).map(({ name }) => name);
    expect(names(PRODUCER)).toEqual([
      'add thumbnails.make',
      'addBulk thumbnails',
      'addFlow thumbnails',
      'addNode thumbnails',
      'add thumbnails.break',
    ]);
    expect(names(CONSUMER)).toEqual(Array(4).fill('process thumbnails'));
    const processed = spans.filter(({ kind }) => kind === CONSUMER);
    expect(processed.map(({ parent }) => parent?.name)).toEqual([
      'add thumbnails.make',
      'addBulk thumbnails',
      'addNode thumbnails',
      'add thumbnails.break',
    ]);
    expect(processed.at(-1)!.events).toEqual([
      ['job failed', { 'bullmq.job.failed.reason': 'broken' }],
    ]);
  });

  test('hears what it would hear from BullMQ alone, and nothing from Drover', async () => {
    const [ours, alone] = [await withCoordinator(), await withBullMqAlone()];
    expect(messages(ours)).toEqual(messages(alone));
    expect(outcomes(ours)).toEqual(outcomes(alone));
    const known = new Set(alone.spans.map(({ name }) => name));
    // What BullMQ itself does only now and then is not in every run.
    for (const name of ['extendLocks', 'moveStalledJobsToWait', 'close'])
      known.add(`${name} thumbnails`);
    expect(ours.spans.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([]);
    const instruments = new Set(alone.measurements.map(({ instrument }) => instrument));
    expect(ours.measurements.filter(({ instrument }) => !instruments.has(instrument))).toEqual([]);
  });

  test("gives way to a processor's own", async () => {
    const [everywhere, own] = [recordTelemetry(), recordTelemetry()];
    const coordinator = await startCoordinator(server, {
      ...{ telemetry: everywhere.telemetry, prefix: 'own' },
    });
    coordinator.process('thumbnails', processor, { telemetry: own.telemetry });
    await coordinator.queue('thumbnails').add('make', {});
    await until(() => own.spans.some(({ kind, isEnded }) => kind === CONSUMER && isEnded));
    expect(everywhere.spans.filter(({ kind }) => kind === CONSUMER)).toEqual([]);
    expect(everywhere.spans.map(({ name }) => name)).toContain('add thumbnails.make');
  });

  test('that is none is refused at construction', () => {
    expect(() => createCoordinator(server, { telemetry: {} as never })).toThrow(
      /^telemetry must be BullMQ's Telemetry/,
    );
  });
});
