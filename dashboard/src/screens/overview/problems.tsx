/**
 * What is wrong now, worst first, each with the way to its cause.
 */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { OverviewRow } from '../../../../src/operations/views.ts';
import { isAway } from '../../live/live-store.ts';
import { useLive } from '../../live/use-live.ts';
import { to } from '../../shell/paths.ts';
import { Badge, HealthBadge, toneOfHealth } from '../../ui/badge.tsx';
import { Age } from '../../ui/moment.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { byName, severityOf } from './arrange.ts';

/** More are in the table. */
const MOST = 6;
/** When more queues have the same trouble, they are one line. */
const MOST_ALIKE = 3;

/** A queue with trouble of its own, or several with the same. */
type Trouble = readonly OverviewRow[];

/** A list, or that there is nothing. */
export function Problems({ rows }: { readonly rows: readonly OverviewRow[] }): JSX.Element {
  const words = useWords().overview;
  const { number } = useFormats();
  const wrong = useMemo(() => wrongOf(rows), [rows]);
  const troubles = useMemo(() => troublesOf(wrong), [wrong]);
  const isKnown = useLive(({ state }) => state.takenAt !== null);
  return (
    <section class="card" aria-labelledby="wrong">
      <h2 id="wrong">{words.wrong}</h2>
      {troubles.length === 0 && (
        <p>
          <NoTrouble rows={rows} isKnown={isKnown} />
        </p>
      )}
      <ul class="problems">
        {troubles
          .slice(0, MOST)
          .map((trouble) =>
            trouble.length === 1 ? (
              <ProblemLine key={trouble[0]!.queue} row={trouble[0]!} />
            ) : (
              <AlikeLine key={trouble[0]!.health} trouble={trouble} />
            ),
          )}
      </ul>
      {troubles.length > MOST && (
        <p class="muted small">{words.moreWrong(troubles.length - MOST)}</p>
      )}
      <span class="hidden-visually" role="status">
        {words.wrongCount(number(isKnown ? wrong.length : null))}
      </span>
    </section>
  );
}

/** Why no trouble is listed: there is none, or nobody can tell. */
function NoTrouble(props: {
  readonly rows: readonly OverviewRow[];
  readonly isKnown: boolean;
}): JSX.Element {
  const words = useWords().overview;
  const isLastKnown = useLive(({ state }) => isAway(state));
  const isJudged = props.rows.some(({ health }) => health !== null);
  if (!props.isKnown) return <>{words.notKnown}</>;
  if (!isJudged) return <>{words.nobodyJudges}</>;
  if (isLastKnown) return <>{words.nothingWasWrong}</>;
  return <Badge tone="good">{words.nothingWrong}</Badge>;
}

/** Worst first, and of these those that lose jobs. */
function wrongOf(rows: readonly OverviewRow[]): readonly OverviewRow[] {
  return rows
    .filter(({ health }) => ['bad', 'warn'].includes(toneOfHealth(health)))
    .sort(
      (a, b) =>
        severityOf(a) - severityOf(b) ||
        (b.deadLetters ?? 0) - (a.deadLetters ?? 0) ||
        byName(a, b),
    );
}

function troublesOf(wrong: readonly OverviewRow[]): readonly Trouble[] {
  const alike = new Map<string | null, OverviewRow[]>();
  for (const row of wrong) alike.set(row.health, [...(alike.get(row.health) ?? []), row]);
  const merged = new Set<string | null>();
  return wrong.flatMap((row): Trouble[] => {
    const others = alike.get(row.health)!;
    // Dead letters have causes of their own, each worth a line.
    const isOwn = row.deadLetters || others.length <= MOST_ALIKE;
    if (isOwn) return [[row]];
    if (merged.has(row.health)) return [];
    merged.add(row.health);
    return [others.filter(({ deadLetters }) => !deadLetters)];
  });
}

function AlikeLine({ trouble }: { readonly trouble: Trouble }): JSX.Element {
  const words = useWords().overview;
  const { number } = useFormats();
  const health = trouble[0]!.health;
  return (
    <li>
      <HealthBadge health={health} />
      <Link href={`${to.overview()}?health=${health}`}>
        <strong>{words.alike(number(trouble.length))}</strong>
      </Link>
      <span class="reason">
        {trouble
          .slice(0, MOST_ALIKE)
          .map(({ queue }) => queue)
          .join(', ')}
        {trouble.length > MOST_ALIKE && ' …'}
      </span>
    </li>
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
