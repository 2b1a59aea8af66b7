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
  /q[a-pr-tv-z]|j[b-df-hj-np-tv-z]|v[bcdfghjkmnpqtvwxz]|z[bcdfgjkmnpqrstvwx]|x[bdgjkrvwxz]|[bdfghjkpvwxz]q|[cfghkmpqstvwxz]j|[bcdfghjkmpqvwx]z|[bcfghjkmpqvwz]x|w[jqvxz]|[gjqvz]v/;
/** `getHTTPStatus` is get, HTTP, Status. */
const HUMP = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g;
/** Names have longer parts than ids, in letters. */
const LEAST_HUMP = 2.9;

/** Names hold one abbreviation, rarely two. */
const MOST_ABBREVIATIONS = 1;
/** From here on ids are more likely than names that break the habits of names. */
const LONG = 16;
/** A single capital before another word, or at the end: `X` of `scaleXAxis`. */
const LONE_CAPITAL = /(?<![A-Z])[A-Z](?![a-z])/;
/** A capital in the midst of one of several parts: names with `-` or `_` have none. */
const MIXED_PARTS = /[a-z][A-Z].*[_-]|[_-].*[a-z][A-Z]|[A-Z]{2}[a-z].*[_-]|[_-].*[A-Z]{2}[a-z]/;

/** Whether `word`, of ASCII letters, `-` and `_`, is rather an id than a word. Capitals alone are a code. */
export function isRandomWord(word: string): boolean {
  if (word.length < LEAST_LETTERS || word === word.toUpperCase()) return false;
  if (word === word.toLowerCase()) return hasNoWord(word);
  const humps = word.match(HUMP) ?? [];
  const letters = humps.reduce((sum, hump) => sum + hump.length, 0);
  return (
    letters / humps.length < LEAST_HUMP ||
    humps.filter(isAbbreviation).length > MOST_ABBREVIATIONS ||
    (word.length >= LONG && breaksHabits(word)) ||
    humps.some((hump) => hasNoWord(hump.toLowerCase()))
  );
}

function breaksHabits(word: string): boolean {
  return LONE_CAPITAL.test(word) || MIXED_PARTS.test(word.replace(/^[_-]+|[_-]+$/g, ''));
}

function isAbbreviation(hump: string): boolean {
  return hump === hump.toUpperCase();
}

function hasNoWord(letters: string): boolean {
  return UNPRONOUNCEABLE.test(letters) || NO_PAIR.test(letters);
}
