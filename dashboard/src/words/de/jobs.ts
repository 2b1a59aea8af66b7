/** Words of the screen “Jobs”. German. */
import type { Words } from '../en/index.ts';

/** German. */
export const jobs: Words['jobs'] = {
  title: 'Jobs',
};
