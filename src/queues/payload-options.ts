/**
 * What a queue's definition says of its payloads, checked.
 */
import { parseSize, type Size } from '../base/units.ts';
import { CoordinatorError } from '../errors.ts';
import { isKeyRing, type KeyRing } from '../payloads/key-ring.ts';
import type { PayloadPolicy } from '../payloads/payload-policy.ts';
import { parseRedactionPath } from '../payloads/redaction-path.ts';

/** How payloads are stored. What is not given is off. */
export interface PayloadOptions {
  readonly types?: 'json' | 'extended';
  readonly compressAbove?: Size;
  readonly encrypt?: KeyRing;
  readonly offloadAbove?: Size;
  readonly offloadTo?: string;
  readonly maxBytes?: Size;
  readonly warnAt?: number;
  readonly redact?: readonly string[];
}

const USUAL_WARN_AT = 0.8;
const MOST_SECRET_PATHS = 50;

/** The policy; undefined without options. Throws `CONFIG_INVALID`. */
export function resolvePayload(
  queue: string,
  options: PayloadOptions | undefined,
): PayloadPolicy | undefined {
  if (!options) return undefined;
  const { types = 'json', encrypt, offloadTo, warnAt = USUAL_WARN_AT, redact = [] } = options;
  if (types !== 'json' && types !== 'extended')
    throw invalid(queue, 'types', types, 'give "json" or "extended"');
  if (!(warnAt > 0 && warnAt <= 1))
    throw invalid(queue, 'warnAt', warnAt, 'give a part of maxBytes, such as 0.8');
  // What was given may hold keys: it is not shown.
  if (encrypt !== undefined && !isKeyRing(encrypt))
    throw new CoordinatorError(
      'CONFIG_INVALID',
      `payload.encrypt of queue "${queue}" is no key ring: make one with keyRing({ current, keys })`,
    );
  return Object.freeze({
    ...{ types, encrypt, offloadTo, warnAtRatio: warnAt, redact: toPaths(queue, redact) },
    compressAboveBytes: toBytes(queue, 'compressAbove', options.compressAbove),
    offloadAboveBytes: toBytes(queue, 'offloadAbove', options.offloadAbove),
    maxBytes: toBytes(queue, 'maxBytes', options.maxBytes),
  });
}

function toPaths(queue: string, paths: readonly string[]): readonly string[] {
  if (!Array.isArray(paths) || paths.length > MOST_SECRET_PATHS)
    throw invalid(queue, 'redact', paths, `give a list of at most ${MOST_SECRET_PATHS} paths`);
  for (const path of paths) {
    const parsed = parseRedactionPath(path);
    if ('problem' in parsed)
      throw invalid(queue, 'redact', path, `${parsed.problem}: write "a.b", "list[*].b" or "**.b"`);
  }
  return Object.freeze([...paths]);
}

function toBytes(queue: string, option: string, size: Size | undefined): number | undefined {
  if (size === undefined) return undefined;
  const bytes = parseSize(size);
  if (bytes === undefined) throw invalid(queue, option, size, 'give bytes, or "64kb"');
  return bytes;
}

function invalid(queue: string, option: string, value: unknown, remedy: string): CoordinatorError {
  return new CoordinatorError(
    'CONFIG_INVALID',
    `payload.${option} of queue "${queue}" cannot be used: got ${JSON.stringify(value)}, ${remedy}`,
  );
}
