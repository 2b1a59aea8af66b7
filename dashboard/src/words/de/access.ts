/** Words of the screen “Access”. German. */
import type { Words } from '../en/index.ts';

/** German. */
export const access: Words['access'] = {
  title: 'Zugang',
};
