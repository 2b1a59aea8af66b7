/** Words of the screen “Overview”. English. */
export const overview = {
  title: 'Overview',
};
