/** Words of the screen “Access”. English. */
export const access = {
  title: 'Access',
};
