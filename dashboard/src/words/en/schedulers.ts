/** Words of the screen “Schedulers”. English. */
export const schedulers = {
  title: 'Schedulers',
};
