/** Words of the screen “Pools”. English. */
export const pools = {
  title: 'Pools',
};
