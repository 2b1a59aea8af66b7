/** Words of the screen “Workers and pools”. English. */
export const workers = {
  title: 'Workers and pools',
};
