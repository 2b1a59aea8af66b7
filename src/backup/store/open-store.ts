/**
 * A place for backups as people name it → its store: a folder, or `s3://bucket/prefix`.
 *
 * Keys, region and endpoint of S3 come from where the SDK looks for them: AWS_ACCESS_KEY_ID, AWS_PROFILE, AWS_REGION,
 * AWS_ENDPOINT_URL_S3 and so on. They never stand in the name of the place, which is shown and logged.
 */
import { resolve } from 'node:path';
import { CoordinatorError } from '../../errors.ts';
import type { BackupStore } from './backup-store.ts';
import { folderStore } from './folder-store.ts';
import { s3Store } from './s3-store.ts';

/** What a place is read with. */
export interface OpenStoreOptions {
  /** Folders are taken from here. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Its store. Does no I/O. Throws CONFIG_INVALID. */
export function openStore(where: string, { cwd, env }: OpenStoreOptions): BackupStore {
  if (where.trim() === '') throw invalid('is empty');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(where)?.[1]?.toLowerCase();
  if (scheme === undefined) return folderStore(resolve(cwd, where));
  if (scheme === 's3') return s3Store({ ...placeOf(where), clientOptions: s3OptionsOf(env) });
  if (scheme === 'file') throw invalid('starts with "file://": give the path alone');
  throw invalid(`starts with "${scheme}://", which is not known here`);
}

/** The bucket, and what its objects begin with. */
function placeOf(where: string): { readonly bucket: string; readonly prefix: string } {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)\/*(.*)$/i.exec(where) ?? [];
  if (/[@?#]/.test(where))
    throw invalid('holds more than bucket and prefix: keys and endpoint go into AWS_* variables');
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/.test(bucket))
    throw invalid(`names "${bucket}", which can be no bucket`);
  const prefix = path.replace(/\/+$/, '');
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` };
}

/** What the SDK does not find out for itself. */
function s3OptionsOf(env: OpenStoreOptions['env']): Readonly<Record<string, unknown>> {
  const endpoint = env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL;
  const isOther = Boolean(endpoint) && !/\.amazonaws\.com(?:\.cn)?\b/.test(endpoint!);
  // Other programs of AWS read the second name, the SDK does not; stores of others have no regions.
  const region = env.AWS_DEFAULT_REGION || (isOther ? 'us-east-1' : undefined);
  return {
    ...(isOther && { forcePathStyle: true }),
    ...(!env.AWS_REGION && region && { region }),
  };
}

function invalid(problem: string): CoordinatorError {
  return new CoordinatorError(
    'CONFIG_INVALID',
    `The place for backups ${problem}. Give a folder, or s3://bucket/prefix`,
  );
}
