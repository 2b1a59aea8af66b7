/**
 * The columns of the table of groups.
 */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { FailureGroup, Tally } from '../../../../src/operations/views.ts';
import { to } from '../../shell/paths.ts';
import { Badge } from '../../ui/badge.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { Ago } from '../../ui/moment.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { UNKNOWN } from '../../words/formats.ts';
import { useFormats, useWords } from '../../words/words.tsx';

/** @param queue the one that the table is of, if it is of one */
export function useGroupColumns(queue: string | undefined): readonly Column<FailureGroup>[] {
  const words = useWords().deadLetters;
  const { number } = useFormats();
  return useMemo((): readonly Column<FailureGroup>[] => {
    const { columns } = words;
    return [
      { id: 'cause', head: columns.cause, cell: (group) => <Cause {...{ group, queue }} /> },
      {
        ...{ id: 'count', head: columns.count, isNumber: true, width: '84px' },
        cell: (group) => <Deaths {...{ group, queue }} />,
      },
      {
        ...{ id: 'day', head: columns.day, width: '120px', isWideOnly: true },
        cell: ({ sparkline }) => (
          <Sparkline values={sparkline} words={words.lastDay(number(sum(sparkline)))} />
        ),
      },
      {
        ...{ id: 'jobs', head: columns.jobs, width: '13%', isWideOnly: true },
        cell: ({ jobNames }) => <Names of={jobNames} />,
      },
      ...(queue === undefined
        ? [
            {
              ...{ id: 'queues', head: columns.queues, width: '12%', isWideOnly: true },
              cell: ({ queues }: FailureGroup) => <Names of={queues} />,
            },
          ]
        : []),
      {
        ...{ id: 'versions', head: columns.versions, width: '11%', isWideOnly: true },
        cell: ({ versions }) => <Names of={versions} />,
      },
      {
        ...{ id: 'first', head: columns.first, width: '140px', isWideOnly: true },
        cell: ({ firstSeen }) => <Ago at={firstSeen} />,
      },
      {
        ...{ id: 'last', head: columns.last, width: '140px', isWideOnly: true },
        cell: ({ lastSeen }) => <Ago at={lastSeen} />,
      },
    ];
  }, [words, number, queue]);
}

/** Of the one queue, where the table is of one. */
function Deaths(props: {
  readonly group: FailureGroup;
  readonly queue: string | undefined;
}): JSX.Element {
  const { group, queue } = props;
  const words = useWords().deadLetters;
  const { number } = useFormats();
  const own = group.queues.find(({ name }) => name === queue)?.count ?? group.count;
  return (
    <span title={own === group.count ? undefined : words.inAllQueues(number(group.count))}>
      {number(own)}
    </span>
  );
}

function Cause(props: {
  readonly group: FailureGroup;
  readonly queue: string | undefined;
}): JSX.Element {
  const { fingerprint, type, message, state } = props.group;
  const words = useWords().deadLetters;
  return (
    <div class="dl-cause">
      <div class="clip">
        <Link href={to.group(fingerprint, props.queue)}>{type || words.noType}</Link>{' '}
        {state === 'regressed' && <Badge tone="bad">{words.groupStates.regressed}</Badge>}
      </div>
      <div class="clip muted small" title={message}>
        {message || UNKNOWN}
      </div>
    </div>
  );
}

/** The most frequent one, and how many others. */
export function Names({ of }: { readonly of: Tally }): JSX.Element {
  const words = useWords().deadLetters;
  const [first, ...more] = of;
  if (!first) return <>{UNKNOWN}</>;
  const all = of.map(({ name }) => name).join(', ');
  return (
    <span title={all}>
      {first.name}
      {more.length > 0 && <span class="muted"> {words.andMore(more.length)}</span>}
    </span>
  );
}

/** Together. */
export function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}
