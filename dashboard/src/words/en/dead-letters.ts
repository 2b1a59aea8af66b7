/** Words of the screen “Dead letters”. English. */
export const deadLetters = {
  title: 'Dead letters',
};
