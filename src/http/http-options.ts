/**
 * The options of the HTTP face: what they mean, their defaults, and their check. What is not said is closed.
 */
import type { AccessOptions } from '../access/access-options.ts';
import { CoordinatorError } from '../errors.ts';

/** Routes that may be open: all of health, the metrics, the wanted slots of pools. */
export type OpenRoutes = 'health' | 'metrics' | 'scale';

/** How the face is to be. */
export interface HttpOptions {
  /** Where it is mounted, when the host does not strip that; @default '' */
  readonly basePath?: string;
  /**
   * Who gets in, and how.
   *
   * @default only requests from this machine itself that no proxy has passed on, as an admin
   */
  readonly access?: AccessOptions;
  /** What is answered without credentials. @default ['health', 'metrics'] */
  readonly open?: readonly OpenRoutes[];
  /** This face changes nothing, even where the process may. @default false */
  readonly readOnly?: boolean;
  /** Where browsers find it, behind a proxy that ends TLS: `https://ops.example.com`. @default the host of each request */
  readonly publicUrl?: string;
  /** Largest body in bytes. @default 1 MiB */
  readonly bodyLimit?: number;
}

/** With the defaults. */
export interface ResolvedHttpOptions {
  /** Without a slash at its end; '' is the root. */
  readonly basePath: string;
  readonly open: readonly OpenRoutes[];
  readonly readOnly: boolean;
  /** Scheme, host and port; null: the one that each request names. */
  readonly publicOrigin: string | null;
  readonly bodyLimit: number;
}

/** Throws CONFIG_INVALID. */
export function resolveHttpOptions(options: HttpOptions): ResolvedHttpOptions {
  const { basePath = '', open = ['health', 'metrics'], readOnly = false } = options;
  const { publicUrl, bodyLimit = 1_048_576 } = options;
  if (!Number.isSafeInteger(bodyLimit) || bodyLimit < 1)
    throw invalid('bodyLimit', bodyLimit, 'a number of bytes, at least 1');
  const unknown = open.find((each) => !OPEN.includes(each));
  if (unknown !== undefined) throw invalid('open', unknown, `some of ${OPEN.join(', ')}`);
  return {
    ...{ open, readOnly, bodyLimit, basePath: normalised(basePath) },
    publicOrigin: publicUrl === undefined ? null : originOf(publicUrl),
  };
}

const OPEN: readonly OpenRoutes[] = ['health', 'metrics', 'scale'];

/** `ops/` → `/ops`, `/` → the empty path. */
function normalised(basePath: string): string {
  const trimmed = basePath.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? '' : `/${trimmed}`;
}

function originOf(publicUrl: string): string {
  const url = URL.canParse(publicUrl) ? new URL(publicUrl) : null;
  if (url && /^https?:$/.test(url.protocol)) return url.origin;
  throw invalid('publicUrl', publicUrl, 'an address such as https://ops.example.com');
}

function invalid(option: string, value: unknown, right: string): CoordinatorError {
  const message = `\`${option}\` of http() must be ${right}; got ${JSON.stringify(value)}`;
  return new CoordinatorError('CONFIG_INVALID', message);
}
