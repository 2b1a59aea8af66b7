/** Words of the screen “Overview”. German. */
import type { Words } from '../en/index.ts';

/** German. */
export const overview: Words['overview'] = {
  title: 'Überblick',
};
