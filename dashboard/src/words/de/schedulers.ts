/** Words of the screen “Schedulers”. German. */
import type { Words } from '../en/index.ts';

/** German. */
export const schedulers: Words['schedulers'] = {
  title: 'Zeitpläne',
};
