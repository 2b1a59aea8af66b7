/**
 * The columns of a table of dead letters.
 */
import { useMemo } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { DeadLetterRow } from '../../../../src/operations/views.ts';
import { to } from '../../shell/paths.ts';
import type { Column } from '../../ui/data-table.tsx';
import { Ago } from '../../ui/moment.tsx';
import { UNKNOWN } from '../../words/formats.ts';
import { useFormats, useWords } from '../../words/words.tsx';
import { LetterState } from './letter-state.tsx';

/** The columns. */
export function useLetterColumns(): readonly Column<DeadLetterRow>[] {
  const words = useWords().deadLetters;
  const { number, bytes } = useFormats();
  return useMemo((): readonly Column<DeadLetterRow>[] => {
    const { columns } = words;
    return [
      {
        ...{ id: 'id', head: columns.id },
        cell: ({ queue, jobId }) => <Link href={to.deadLetter(queue, jobId)}>{jobId}</Link>,
      },
      {
        id: 'name',
        head: columns.jobName,
        isWideOnly: true,
        cell: ({ jobName }) => jobName || UNKNOWN,
      },
      {
        ...{ id: 'state', head: columns.state, width: '150px', isWideOnly: true },
        cell: ({ state }) => <LetterState state={state} />,
      },
      {
        ...{ id: 'attempts', head: columns.attempts, isNumber: true, isWideOnly: true },
        ...{ width: '90px', cell: ({ attemptsMade }) => number(attemptsMade) },
      },
      {
        ...{ id: 'deaths', head: columns.deaths, isNumber: true, isWideOnly: true },
        ...{ width: '90px', cell: ({ deaths }) => number(deaths) },
      },
      {
        ...{ id: 'version', head: columns.version, width: '11%', isWideOnly: true },
        cell: ({ version }) => version || UNKNOWN,
      },
      {
        ...{ id: 'bytes', head: columns.size, isNumber: true, isWideOnly: true, width: '90px' },
        cell: ({ bytes: size }) => bytes(size),
      },
      {
        ...{ id: 'died', head: columns.died, width: '140px' },
        cell: ({ failedAt }) => <Ago at={failedAt} />,
      },
    ];
  }, [words, number, bytes]);
}
