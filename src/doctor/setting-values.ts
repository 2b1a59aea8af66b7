/**
 * Compares a value of a configuration file with what CONFIG GET says of it, which is the same in other words. Pure.
 *
 * Redis answers sizes in bytes, calls replicas slaves, and tells all classes of a limit where a file may set one.
 */
import { parseSize } from '../base/units.ts';

/** Whether a server has what the file sets. */
export function isSame(file: string, server: string): boolean {
  const [wanted, is] = [wordsOf(file), wordsOf(server)];
  const classes = classesOf(wanted);
  if (classes.length === 0) return wanted.join(' ') === is.join(' ');
  const there = classesOf(is);
  return classes.every((each) => there.includes(each));
}

/** In bytes, in small letters, and by today's names. */
function wordsOf(value: string): string[] {
  const words = value.trim().toLowerCase().split(/\s+/);
  return words.map((word) => {
    if (word === 'slave') return 'replica';
    return /^\d+(?:kb|mb|gb)$/.test(word) ? String(parseSize(word)) : word;
  });
}

/** `normal 1 2 3 pubsub 4 5 6` in parts of four; none for any other value. */
function classesOf(words: readonly string[]): string[] {
  const starts = words.flatMap((word, i) => (/^(?:normal|replica|pubsub)$/.test(word) ? [i] : []));
  return starts.map((start) => words.slice(start, start + 4).join(' '));
}
