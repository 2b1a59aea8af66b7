/** Words of the screen “Redis”. German. */
import type { Words } from '../en/index.ts';

/** German. */
export const redis: Words['redis'] = {
  title: 'Redis',
};
