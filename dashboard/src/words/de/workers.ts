/** Words of the screen “Workers and pools”. German. */
import type { Words } from '../en/index.ts';

/** German. */
export const workers: Words['workers'] = {
  title: 'Worker und Pools',
};
