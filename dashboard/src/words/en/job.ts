/** Words of the screen “Job”. English. */
export const job = {
  title: 'Job',
};
