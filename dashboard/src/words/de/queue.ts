/** Words of the screen “Queue”. German. */
import type { Words } from '../en/index.ts';

/** German. */
export const queue: Words['queue'] = {
  title: 'Queue',
};
