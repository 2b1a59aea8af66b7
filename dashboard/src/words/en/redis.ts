/** Words of the screen “Redis”. English. */
export const redis = {
  title: 'Redis',
};
