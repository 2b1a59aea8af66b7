/**
 * How far an action is and what it is doing right now, in one card.
 */
import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import type { BulkView } from '../../../../src/operations/views.ts';
import { useNow } from '../../live/now.ts';
import { useFormats, useWords } from '../../words/words.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { dealtWith, skippedOf, stuckSince } from './bulk-progress.ts';

/** The card. */
export function BulkNow({ view }: { readonly view: BulkView }): JSX.Element {
  const words = useWords().bulk;
  const { number, rate, duration } = useFormats();
  const { state, total, done, failed, reason, rate: pace, etaMs } = view;
  return (
    <section class="card stack" aria-label={words.columns.progress}>
      <p class="bulk-now" role="status">
        <Doing view={view} />
      </p>
      <BulkBar view={view} isLarge />
      <dl class="figures">
        <Figure
          head={words.figures.of}
          value={words.ofTotal(number(dealtWith(view)), number(total))}
        />
        <Figure head={words.figures.done[view.kind]} value={number(done)} />
        <Figure head={words.figures.failed} value={number(failed)} />
        <Figure head={words.figures.skipped} value={number(skippedOf(view))} />
        <Figure
          head={words.figures.rate}
          value={pace === null ? rate(null) : words.perSecond(rate(pace))}
        />
        <Figure head={words.figures.left} value={duration(etaMs)} />
      </dl>
      {reason !== null && (
        <p class="bulk-note" data-tone={state === 'failed' ? 'bad' : 'warn'}>
          {(state === 'failed' || state === 'paused') && words.because[state]} {reason}
        </p>
      )}
      <Stuck view={view} />
    </section>
  );
}

function Figure(props: { readonly head: string; readonly value: string }): JSX.Element {
  return (
    <div>
      <dt>{props.head}</dt>
      <dd>{props.value}</dd>
    </div>
  );
}

/** The sentence for its state. */
function Doing({ view }: { readonly view: BulkView }): JSX.Element {
  const words = useWords().bulk;
  const { number, duration } = useFormats();
  const { state, done, total, canary, canaryUntil, undone, ran } = view;
  const until = useNow(
    useCallback(
      (now: number) =>
        duration(Math.max(0, Math.trunc(((canaryUntil ?? 0) - now) / 1_000)) * 1_000),
      [canaryUntil, duration],
    ),
  );
  const left = number(Math.max(0, total - dealtWith(view)));
  if (state === 'canary')
    return (
      <>
        {canaryUntil === null
          ? words.doing.trying(number(canary?.count ?? 0))
          : words.doing.waiting(number(done), until)}
      </>
    );
  if (state === 'undoing' || state === 'undone')
    return <>{words.doing[state](number(undone), number(ran))}</>;
  return <>{words.doing[state](left)}</>;
}

/** Nobody leads, or the leader cannot. */
function Stuck({ view }: { readonly view: BulkView }): JSX.Element | null {
  const words = useWords().bulk;
  const { duration } = useFormats();
  const quiet = useNow(
    useCallback(
      (now: number) => {
        const since = stuckSince(view, now);
        return since === null ? '' : duration(Math.trunc((now - since) / 1_000) * 1_000);
      },
      [view, duration],
    ),
  );
  if (quiet === '') return null;
  return (
    <p class="bulk-note">{(view.state === 'planned' ? words.notBegun : words.silent)(quiet)}</p>
  );
}
