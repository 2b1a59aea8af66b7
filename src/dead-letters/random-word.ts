/**
 * Tells words from ids that hold no digit. Pure.
 *
 * Most ids hold a digit and need no judgement. One in forty of 21 random letters, digits and signs holds none,
 * and would make a group of its own. What gives it away: capitals in the midst of it as no name has them, or
 * letters side by side that no word has. An id that reads like a word is taken for one.
 */

/** Shorter ones are abbreviations as often as ids. */
const LEAST_LETTERS = 8;
/** Six consonants in a row stand in hardly any word, not even where two were joined. */
const UNPRONOUNCEABLE = /[bcdfghjklmnpqrstvwxz]{6}/;
/** Pairs that English and the names of programs lack, but for joints between two words. */
const NO_PAIR =
  /q[a-pr-tv-z]|j[b-df-hj-np-tv-z]|v[bcdfghjkmnpqtvwxz]|z[bcdfgjkmnpqrstvwx]|x[bdgjkrvwxz]|[bdfghjkmpvwxz]q|[cfghkmpqstvwxz]j|[bcdfghjkmpqvwx]z|[bcfghjkmpqvwz]x|w[jqvxz]|[gjqvz]v/;
/** `getHTTPStatus` is get, HTTP, Status. */
const HUMP = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g;
/** Names have longer parts than ids, in letters. */
const LEAST_HUMP = 2.9;

/** Names hold one abbreviation, rarely two. */
const MOST_ABBREVIATIONS = 1;

/** Whether `word`, of ASCII letters, `-` and `_`, is rather an id than a word. Capitals alone are a code. */
export function isRandomWord(word: string): boolean {
  if (word.length < LEAST_LETTERS || word === word.toUpperCase()) return false;
  if (word === word.toLowerCase()) return hasNoWord(word);
  const humps = word.match(HUMP) ?? [];
  const letters = humps.reduce((sum, hump) => sum + hump.length, 0);
  return (
    letters / humps.length < LEAST_HUMP ||
    humps.filter(isAbbreviation).length > MOST_ABBREVIATIONS ||
    humps.some((hump) => hasNoWord(hump.toLowerCase()))
  );
}

function isAbbreviation(hump: string): boolean {
  return hump === hump.toUpperCase();
}

function hasNoWord(letters: string): boolean {
  return UNPRONOUNCEABLE.test(letters) || NO_PAIR.test(letters);
}
