/** Words of the screen “Job”. German. */
import type { Words } from '../en/index.ts';

/** German. */
export const job: Words['job'] = {
  title: 'Job',
};
