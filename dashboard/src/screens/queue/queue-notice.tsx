/**
 * What one has to know of a queue before anything else: that it is paused and why, and why it is not well.
 */
import type { JSX } from 'preact';
import type { OverviewRow, QueueView } from '../../../../src/operations/views.ts';
import { toneOfHealth } from '../../ui/badge.tsx';
import { Age, Ago } from '../../ui/moment.tsx';
import { useWords } from '../../words/words.tsx';

/** Nothing while all is well. */
export function QueueNotice(props: {
  readonly view: QueueView;
  readonly row: OverviewRow | undefined;
}): JSX.Element | null {
  const { view, row } = props;
  const words = useWords().queue;
  const { isPaused, pausedBy, pausedFor, pausedAt } = view;
  const health = row?.health ?? null;
  // The judge says of a paused queue that it is paused: more of it is known here.
  const reasons = isPaused ? [] : (row?.reasons ?? []);
  return (
    <>
      {isPaused && (
        <section class="card notice" data-tone="quiet">
          <strong>{pausedBy === null ? words.paused : words.pausedBy(pausedBy)}</strong>
          {pausedAt !== null && (
            <span class="muted">
              {' '}
              <Ago at={pausedAt} />
            </span>
          )}
          <p>{pausedFor ?? words.noReason}</p>
          <p class="muted small">{words.runningGoOn}</p>
        </section>
      )}
      {reasons.length > 0 && (
        <section class="card notice" data-tone={toneOfHealth(health)}>
          <ul>
            {reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
          {row?.healthSince != null && (
            <p class="muted small">
              {words.since} <Age since={row.healthSince} />
            </p>
          )}
        </section>
      )}
    </>
  );
}
