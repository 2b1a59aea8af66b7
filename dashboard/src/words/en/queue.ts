/** Words of the screen “Queue”. English. */
export const queue = {
  title: 'Queue',
};
