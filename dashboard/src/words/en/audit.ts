/** Words of the screen “Audit”. English. */
export const audit = {
  title: 'Audit',
};
