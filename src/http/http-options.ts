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
  /**
   * Where browsers find it, behind a proxy that ends TLS: `https://ops.example.com`. With a path,
   * `https://ops.example.com/tools/queues`, the dashboard is there and nowhere else.
   *
   * @default the host of each request; the dashboard finds its own path
   */
  readonly publicUrl?: string;
  /** Largest body in bytes. @default 1 MiB */
  readonly bodyLimit?: number;
  /** The pages for people; false: there are none. @default on */
  readonly dashboard?: false | DashboardPageOptions;
}

/** What is said about the dashboard's pages. */
export interface DashboardPageOptions {
  /** Shown as a badge on every page: `production`. At most 40 characters. @default none */
  readonly environment?: string;
  /** Where the built pages are, for bundlers: a copy of `drover/dist/dashboard`. @default beside this module */
  readonly directory?: string;
}

/** With the defaults. */
export interface ResolvedHttpOptions {
  /** Without a slash at its end; '' is the root. */
  readonly basePath: string;
  readonly open: readonly OpenRoutes[];
  readonly readOnly: boolean;
  /** Scheme, host and port; null: the one that each request names. */
  readonly publicOrigin: string | null;
  /** The path of `publicUrl`, without a slash at its end; null: it has none. */
  readonly publicPath: string | null;
  readonly bodyLimit: number;
  /** null: none are wanted. */
  readonly dashboard: DashboardPageOptions | null;
}

/** Throws CONFIG_INVALID. */
export function resolveHttpOptions(options: HttpOptions): ResolvedHttpOptions {
  const { basePath = '', open = ['health', 'metrics'], readOnly = false } = options;
  const { publicUrl, bodyLimit = 1_048_576, dashboard = {} } = options;
  if (!Number.isSafeInteger(bodyLimit) || bodyLimit < 1)
    throw invalid('bodyLimit', bodyLimit, 'a number of bytes, at least 1');
  const unknown = open.find((each) => !OPEN.includes(each));
  if (unknown !== undefined) throw invalid('open', unknown, `some of ${OPEN.join(', ')}`);
  const { environment } = dashboard || {};
  if (environment !== undefined && !isBadge(environment))
    throw invalid('dashboard.environment', environment, 'a text of 1 to 40 characters');
  const found = publicUrl === undefined ? null : addressOf(publicUrl);
  return {
    ...{ open, readOnly, bodyLimit, basePath: normalised(basePath) },
    publicOrigin: found?.origin ?? null,
    publicPath: (found && normalised(found.pathname)) || null,
    dashboard: dashboard || null,
  };
}

const OPEN: readonly OpenRoutes[] = ['health', 'metrics', 'scale'];

/** `ops/` → `/ops`, `/` → the empty path. */
function normalised(basePath: string): string {
  const trimmed = basePath.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? '' : `/${trimmed}`;
}

function isBadge(text: unknown): boolean {
  return typeof text === 'string' && text.length >= 1 && text.length <= 40;
}

function addressOf(publicUrl: string): URL {
  const url = URL.canParse(publicUrl) ? new URL(publicUrl) : null;
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw invalid('publicUrl', publicUrl, 'an address such as https://ops.example.com');
}

function invalid(option: string, value: unknown, right: string): CoordinatorError {
  const message = `\`${option}\` of http() must be ${right}; got ${JSON.stringify(value)}`;
  return new CoordinatorError('CONFIG_INVALID', message);
}
