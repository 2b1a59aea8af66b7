/** Words of the screen “Bulk actions”. German. */
import type { Words } from '../en/index.ts';

/** German. */
export const bulk: Words['bulk'] = {
  title: 'Sammelaktionen',
};
