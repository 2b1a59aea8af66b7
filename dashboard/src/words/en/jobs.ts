/** Words of the screen “Jobs”. English. */
export const jobs = {
  title: 'Jobs',
};
