/**
 * How far a bulk action is that was started here, with a way to hold or end it. It is looked at by the clock, also while
 * rows are selected.
 */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { BulkView, JobBulkKind } from '../../../../src/operations/views.ts';
import { useApi } from '../../api/api.tsx';
import { useAct } from '../../api/use-act.ts';
import { to } from '../../shell/paths.ts';
import { Button } from '../../ui/button.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import '../bulk/bulk.css';
import { AbortDialog } from '../bulk/abort-dialog.tsx';
import { BulkBar } from '../bulk/bulk-bar.tsx';
import { isActive, skippedOf } from '../bulk/bulk-progress.ts';
import { BulkState } from '../bulk/bulk-state.tsx';

const LOOK_EVERY_MS = 1_000;

/** A line for one bulk action; `onEnd` is called once when it is through, `onClose` takes the line away. */
export function BulkProgress(props: {
  readonly bulk: string;
  readonly onEnd: () => void;
  readonly onClose: () => void;
}): JSX.Element | null {
  const { bulk, onEnd, onClose } = props;
  const { jobs: words, bulk: shared, shell } = useWords();
  const { number, duration } = useFormats();
  const act = useAct();
  const [view, look] = useBulk(bulk, onEnd);
  const [isAborting, setIsAborting] = useState(false);
  if (!view) return null;
  const { state, kind, done, failed, total, etaMs, reason } = view;
  const skipped = skippedOf(view);
  const ask = (name: 'bulk.pause' | 'bulk.resume') => () =>
    void act(name, { bulk }).then(look, () => {});
  const isEnded = !isActive(view) && state !== 'paused';
  // Actions on dead letters are not started here.
  const title = kind in words.acts ? words.acts[kind as JobBulkKind].title : kind;
  return (
    <section class="card bulk-progress" aria-label={title}>
      <strong>{title}</strong>
      <BulkState {...view} />
      <BulkBar view={view} />
      <span role={isEnded ? 'status' : undefined}>
        {shared.ofTotal(number(done), number(total))}
        {failed > 0 && `, ${words.failedOf(number(failed))}`}
        {skipped > 0 && `, ${words.skippedOf(number(skipped))}`}
        {etaMs !== null && `, ${words.eta(duration(Math.ceil(etaMs / 1_000) * 1_000))}`}
        {reason && ` · ${reason}`}
      </span>
      <span class="row">
        {(state === 'running' || state === 'planned') && (
          <Button size="small" onClick={ask('bulk.pause')}>
            {shared.acts.pause}
          </Button>
        )}
        {state === 'paused' && (
          <Button size="small" onClick={ask('bulk.resume')}>
            {shared.acts.resume}
          </Button>
        )}
        {!isEnded && (
          <Button size="small" tone="danger" onClick={() => setIsAborting(true)}>
            {shared.acts.abort}
          </Button>
        )}
        <Link href={to.bulkAction(bulk)}>{words.toBulk}</Link>
        {isEnded && (
          <Button size="small" tone="plain" label={shell.close} onClick={onClose}>
            ×
          </Button>
        )}
      </span>
      {isAborting && <AbortDialog view={view} onDone={look} onClose={() => setIsAborting(false)} />}
    </section>
  );
}

function useBulk(bulk: string, onEnd: () => void): [BulkView | null, () => void] {
  const { client } = useApi();
  const [view, setView] = useState<BulkView | null>(null);
  const [turn, setTurn] = useState(0);
  const ending = useRef(onEnd);
  ending.current = onEnd;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const closing = new AbortController();
    const look = async (): Promise<void> => {
      let isEnded = false;
      try {
        const now = await client.call('bulk.get', { bulk }, { signal: closing.signal });
        setView(now);
        isEnded = !isActive(now) && now.state !== 'paused';
      } catch {
        // Banners say it when nobody answers.
      }
      if (closing.signal.aborted) return;
      if (isEnded) ending.current();
      else timer = setTimeout(() => void look(), LOOK_EVERY_MS);
    };
    void look();
    return () => {
      closing.abort();
      clearTimeout(timer);
    };
  }, [client, bulk, turn]);
  return [view, () => setTurn((before) => before + 1)];
}
