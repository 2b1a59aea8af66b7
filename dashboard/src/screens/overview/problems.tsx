/**
 * What is wrong now, worst first, each with the way to its cause.
 */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { OverviewRow } from '../../../../src/operations/views.ts';
import { to } from '../../shell/paths.ts';
import { Badge, HealthBadge, toneOfHealth } from '../../ui/badge.tsx';
import { Age } from '../../ui/moment.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { severityOf } from './arrange.ts';

/** More are in the table. */
const MOST = 8;

/** A list, or that there is nothing. */
export function Problems({ rows }: { readonly rows: readonly OverviewRow[] }): JSX.Element {
  const words = useWords().overview;
  const { number } = useFormats();
  const wrong = useMemo(
    () =>
      rows
        .filter(({ health }) => ['bad', 'warn'].includes(toneOfHealth(health)))
        .sort((a, b) => severityOf(a) - severityOf(b) || a.queue.localeCompare(b.queue)),
    [rows],
  );
  const isJudged = rows.some(({ health }) => health !== null);
  return (
    <section class="card" aria-labelledby="wrong">
      <h2 id="wrong">{words.wrong}</h2>
      {wrong.length === 0 && (
        <p>{isJudged ? <Badge tone="good">{words.nothingWrong}</Badge> : words.nobodyJudges}</p>
      )}
      <ul class="problems">
        {wrong.slice(0, MOST).map((row) => (
          <ProblemLine key={row.queue} row={row} />
        ))}
      </ul>
      {wrong.length > MOST && <p class="muted small">{words.moreWrong(wrong.length - MOST)}</p>}
      <span class="hidden-visually" role="status">
        {words.wrongCount(number(wrong.length))}
      </span>
    </section>
  );
}

function ProblemLine({ row }: { readonly row: OverviewRow }): JSX.Element {
  const words = useWords().overview;
  const { number } = useFormats();
  const { queue, health, reasons, healthSince, deadLetters } = row;
  return (
    <li>
      <HealthBadge health={health} />
      <Link href={to.queue(queue)}>
        <strong>{queue}</strong>
      </Link>
      <span class="reason">{reasons.join(' · ')}</span>
      {healthSince !== null && (
        <span class="muted small">
          {words.since} <Age since={healthSince} />
        </span>
      )}
      {!!deadLetters && (
        <Link class="button" data-size="small" href={to.deadLetters(queue)}>
          {words.causes(number(deadLetters))}
        </Link>
      )}
    </li>
  );
}
