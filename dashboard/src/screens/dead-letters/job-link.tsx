/**
 * The job of a letter, if there still is one, and its state.
 */
import type { JSX } from 'preact';
import { Link } from 'wouter-preact';
import { to } from '../../shell/paths.ts';
import { useWords } from '../../words/words.tsx';

/** A link, or that there is nothing to go to. */
export function JobLink({ queue, job }: { queue: string; job: string }): JSX.Element {
  const words = useWords().deadLetters;
  return <Link href={to.job(queue, job)}>{words.job}</Link>;
}
