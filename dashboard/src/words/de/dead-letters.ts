/** Words of the screen “Dead letters”. German. */
import type { Words } from '../en/index.ts';

/** German. */
export const deadLetters: Words['deadLetters'] = {
  title: 'Tote Jobs',
};
