/** Words of the screen “Audit”. German. */
import type { Words } from '../en/index.ts';

/** German. */
export const audit: Words['audit'] = {
  title: 'Protokoll',
};
