/** Words of the screen “Bulk actions”. English. */
export const bulk = {
  title: 'Bulk actions',
};
