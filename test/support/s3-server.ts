/**
 * An S3-compatible server for tests: moto's, which is kept by many and speaks the protocol over HTTP, or any other one
 * that `DROVER_TEST_S3` names.
 *
 * moto is a Python package: `pip install 'moto[server]'`. No npm package with such a server runs on Node 20 and is
 * kept up. Where there is neither, the tests of S3 are skipped, with the reason printed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort } from '../../scripts/setup/free-port.mjs';
import { endWithThisProcess } from '../../scripts/setup/guard.mjs';
import { findOnPath } from '../../scripts/setup/processes.mjs';
import { until } from './until.ts';

/** Where a server is, and how to get in. */
export interface S3Server {
  readonly endpoint: string;
  /** What a client is made of; another endpoint may be given, such as that of a proxy. */
  clientOptions(endpoint?: string): Record<string, unknown>;
  createBucket(): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Why there is no server; undefined when there is one. */
export function whyNoS3(): string | undefined {
  if (process.env.DROVER_TEST_S3 || findOnPath(['moto_server'])) return undefined;
  return "S3 is not tested: no moto_server on PATH (pip install 'moto[server]') and no address in DROVER_TEST_S3";
}

/** Starts it. */
export async function startS3(): Promise<S3Server> {
  const named = process.env.DROVER_TEST_S3;
  const port = named ? 0 : await freePort();
  const endpoint = named ?? `http://127.0.0.1:${port}`;
  const stop = named ? async () => {} : startMoto(port);
  const clientOptions = (at = endpoint) => ({
    endpoint: at,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: {
      accessKeyId: process.env.DROVER_TEST_S3_KEY ?? 'test',
      secretAccessKey: process.env.DROVER_TEST_S3_SECRET ?? 'test',
    },
  });
  const client = new S3Client(clientOptions());
  let buckets = 0;
  const createBucket = async (): Promise<string> => {
    buckets += 1;
    const bucket = `drover-test-${process.pid}-${buckets}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    return bucket;
  };
  await until(() => createBucket().then(() => true), {
    what: 'the S3 server answers',
    timeoutMs: 25_000,
  });
  return {
    ...{ endpoint, clientOptions, createBucket },
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      await stop();
    },
  };
}

function startMoto(port: number): () => Promise<void> {
  const server = spawn(findOnPath(['moto_server'])!, ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
  });
  endWithThisProcess(server, 'KILL');
  return async () => {
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  };
}
