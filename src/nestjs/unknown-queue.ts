/**
 * The error of a consumer or a listener whose queue no module has registered.
 */
import { closest } from '../base/closest.ts';
import type { DecoratedProvider } from './decorated-providers.ts';
import { nestError } from './nest-error.ts';
import type { Roots } from './roots.ts';

/** Who names which queue, as the application says it. */
export interface QueueUser
  extends Pick<DecoratedProvider<{ readonly configKey?: string }>, 'where' | 'wrapper' | 'about'> {
  readonly queue: string;
}

/** CONFIG_INVALID, with the nearest name there is. */
export function unknownQueue({ where, queue, about, wrapper }: QueueUser, roots: Roots): Error {
  const { configKey } = about;
  const among = configKey === undefined ? roots.all : [roots.get(configKey)];
  const names = among.flatMap((root) => root?.names ?? []);
  const near = closest(queue, names);
  const ask = near === undefined ? '. Import' : `: did you mean "${near}"? If not, import`;
  const key = configKey === undefined ? '' : ` with the configKey "${configKey}"`;
  return nestError(
    where,
    `there is no queue "${queue}"${key} in this application${ask} ` +
      `BullMqConsumerModule.forFeature(["${queue}"]) in ${wrapper.host?.name ?? 'its module'}`,
  );
}
