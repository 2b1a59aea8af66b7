/**
 * What `BullMqConsumerModule.forDashboard` takes: a path, who gets in, and the rest of the options of `http()`.
 *
 * Routers read some signs of a path as a pattern, and a dashboard at the root would take the routes of the
 * application: such a path is refused.
 */
import type { IncomingMessage } from 'node:http';
import type { ConfigurableModuleAsyncOptions } from '@nestjs/common';
import type { AccessOptions } from '../../access/access-options.ts';
import type { Principal } from '../../access/principal.ts';
import { closest } from '../../base/closest.ts';
import { CoordinatorError } from '../../errors.ts';
import type { HttpOptions } from '../../http/http-options.ts';

/**
 * Tells who asks; null: nobody that is let in.
 *
 * @param incoming what Node made of the request, with whatever the application's own middleware has put on it
 */
export type DashboardAuthorize = (
  request: Request,
  incoming: IncomingMessage,
) => Principal | null | Promise<Principal | null>;

/** Options of the dashboard. Everything has a default. */
export interface DashboardOptions extends Omit<HttpOptions, 'basePath' | 'access'> {
  /** Where it is, whatever the global prefix of the application is. @default '/drover' */
  readonly path?: string;
  /** Asks the application who somebody is. Short for `access: { authorize }`. @default nobody is asked */
  readonly authorize?: DashboardAuthorize;
  /** All ways to prove who one is; instead of `authorize`. @default only requests from this machine itself */
  readonly access?: AccessOptions;
}

/** What is said beside the options, and not by a factory. */
export interface DashboardExtras {
  /** The `forRoot` whose queues are shown. @default the default one */
  readonly configKey?: string;
}

/** Makes the options, for `useClass` and `useExisting`. */
export interface DashboardOptionsFactory {
  createDashboardOptions(): Promise<DashboardOptions> | DashboardOptions;
}

/** Options of `forDashboardAsync`. */
export type DashboardAsyncOptions = ConfigurableModuleAsyncOptions<
  DashboardOptions,
  'createDashboardOptions'
> &
  DashboardExtras;

const OPTIONS: Record<keyof DashboardOptions, true> = {
  ...{ path: true, authorize: true, access: true, open: true, readOnly: true },
  ...{ publicUrl: true, bodyLimit: true, dashboard: true },
};
const DEFAULT_PATH = '/drover';
const PART = /^[\w~-][\w.~-]*$/;

/** The path as routers take it: a slash in front, none at its end. Throws CONFIG_INVALID. */
export function pathOf({ path = DEFAULT_PATH }: DashboardOptions): string {
  const parts = String(path)
    .replace(/^\/|\/$/g, '')
    .split('/');
  if (typeof path === 'string' && parts.every((part) => PART.test(part)))
    return `/${parts.join('/')}`;
  throw invalid(
    `\`path\` must be a path of its own such as "/drover", of letters, digits and _ . ~ -; got ${JSON.stringify(path)}`,
  );
}

/** Throws CONFIG_INVALID for an option that is none: a slip in `authorize` would leave the way in to others. */
export function checkDashboardOptions(options: DashboardOptions): void {
  const known = Object.keys(OPTIONS);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const near = closest(unknown, known);
    throw invalid(`\`${unknown}\` is no option${near ? `: did you mean \`${near}\`?` : ''}`);
  }
  const { authorize, access } = options;
  if (authorize !== undefined && access !== undefined)
    throw invalid('give `authorize` or `access`, not both: `access` has an `authorize` of its own');
  if (authorize !== undefined && typeof authorize !== 'function')
    throw invalid(`\`authorize\` must be a function; got ${JSON.stringify(authorize)}`);
}

function invalid(message: string): CoordinatorError {
  return new CoordinatorError('CONFIG_INVALID', message);
}
