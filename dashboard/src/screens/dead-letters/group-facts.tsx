/**
 * The figures of a group: how often, since when, in which queues, jobs and versions.
 */
import type { JSX } from 'preact';
import { Link } from 'wouter-preact';
import type { FailureGroup, Tally } from '../../../../src/operations/views.ts';
import { to } from '../../shell/paths.ts';
import { Ago, Time } from '../../ui/moment.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { sum } from './group-columns.tsx';
import { Hours } from './hours.tsx';

/** A card at the side. */
export function GroupFacts({ group }: { readonly group: FailureGroup }): JSX.Element {
  const words = useWords().deadLetters;
  const { number } = useFormats();
  const { count, sparkline, firstSeen, lastSeen, stateSince, stateBy, state } = group;
  return (
    <section class="card stack" aria-label={words.facts}>
      <dl class="figures">
        <div>
          <dt>{words.columns.count}</dt>
          <dd>{number(count)}</dd>
        </div>
        <div>
          <dt>{words.columns.day}</dt>
          <dd>{number(sum(sparkline))}</dd>
        </div>
      </dl>
      <Hours counts={sparkline} />
      <dl class="pairs">
        <dt>{words.columns.last}</dt>
        <dd>
          <Ago at={lastSeen} />
        </dd>
        <dt>{words.columns.first}</dt>
        <dd>
          <Time at={firstSeen} />
        </dd>
        {stateSince > 0 && (
          <>
            <dt>{words.groupStates[state]}</dt>
            <dd>
              <Ago at={stateSince} />
              {stateBy !== '' && ` ${words.by(stateBy)}`}
            </dd>
          </>
        )}
      </dl>
      <TallyOf head={words.columns.queues} of={group.queues} link={to.queue} />
      <TallyOf head={words.columns.jobs} of={group.jobNames} />
      <TallyOf
        head={
          group.versions.length === 1 && group.versions[0]!.count === count
            ? words.onlyVersion
            : words.columns.versions
        }
        of={group.versions}
      />
    </section>
  );
}

function TallyOf(props: {
  readonly head: string;
  readonly of: Tally;
  readonly link?: (name: string) => string;
}): JSX.Element | null {
  const { head, of, link } = props;
  const { number } = useFormats();
  if (of.length === 0) return null;
  return (
    <div>
      <h3>{head}</h3>
      <dl class="dl-tally">
        {of.map(({ name, count }) => (
          <>
            <dt key={name}>{link ? <Link href={link(name)}>{name}</Link> : name}</dt>
            <dd>{number(count)}</dd>
          </>
        ))}
      </dl>
    </div>
  );
}
