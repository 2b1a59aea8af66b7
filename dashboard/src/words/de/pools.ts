/** Words of the screen “Pools”. German. */
import type { Words } from '../en/index.ts';

/** German. */
export const pools: Words['pools'] = {
  title: 'Pools',
};
