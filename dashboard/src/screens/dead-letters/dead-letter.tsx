/**
 * One dead letter: why its job died, each attempt, and what it holds.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { DeadLetter as Letter } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useAsk } from '../../api/use-ask.ts';
import { useCommands } from '../../shell/commands.tsx';
import { to } from '../../shell/paths.ts';
import { Button } from '../../ui/button.tsx';
import { Copy } from '../../ui/copy.tsx';
import { Payload } from '../../ui/payload.tsx';
import { Screen } from '../../ui/screen.tsx';
import { StackTrace } from '../../ui/stack-trace.tsx';
import { useWords } from '../../words/words.tsx';
import { Attempts } from './attempts.tsx';
import { DiscardDialog } from './discard-dialog.tsx';
import { LetterFacts } from './letter-facts.tsx';
import { LetterState } from './letter-state.tsx';
import { ReplayDialog } from './replay-dialog.tsx';
import './dead-letters.css';

const EVERY_MS = 5_000;

/** The screen of a letter. */
export default function DeadLetter(props: {
  readonly queue: string;
  readonly job: string;
}): JSX.Element {
  const { queue, job } = props;
  const words = useWords().deadLetters;
  const may = useMay();
  const { data, error, refetch } = useAsk('deadLetters.get', { queue, job }, { everyMs: EVERY_MS });
  const hint = may('data.read', queue) ? null : words.redacted;
  return (
    <Screen
      title={words.letterOf(data?.jobName ?? words.letter, job)}
      crumbs={
        <>
          <Link href={to.deadLetters(queue)}>{words.title}</Link>
          <span aria-hidden="true">/</span>
          <Link href={to.queue(queue)}>{queue}</Link>
          {data && (
            <>
              <span aria-hidden="true">/</span>
              <Link href={to.group(data.fingerprint, queue)}>{data.type || words.noType}</Link>
            </>
          )}
        </>
      }
      mark={data && <LetterState state={data.state} />}
      actions={data && <Acts letter={data} />}
      isReady={data !== undefined}
      error={error}
      onRetry={() => void refetch()}
    >
      {data && (
        <div class="stack">
          <p class="dl-reason mono">{data.failureReason}</p>
          <div class="dl-triage">
            <div class="stack">
              <section class="card stack" aria-label={words.stack}>
                <h2>{words.stack}</h2>
                <StackTrace stack={data.stack} />
              </section>
              {data.originalJob ? (
                <>
                  <Payload title={words.data} text={data.originalJob.data}>
                    {hint !== null && <p class="muted small">{hint}</p>}
                  </Payload>
                  <Payload title={words.options} text={data.originalJob.opts} />
                </>
              ) : (
                <section class="card">
                  <h2>{words.data}</h2>
                  <p class="muted">{words.noOriginal}</p>
                </section>
              )}
            </div>
            <div class="stack">
              <LetterFacts letter={data} />
              <Attempts of={data} />
            </div>
          </div>
        </div>
      )}
    </Screen>
  );
}

function Acts({ letter }: { readonly letter: Letter }): JSX.Element {
  const { queue, jobId, state, originalJob } = letter;
  const words = useWords().deadLetters;
  const may = useMay();
  const [open, setOpen] = useState<'replay' | 'edit' | 'discard' | null>(null);
  const of = [{ queue, ids: [jobId] }];
  const canReplay =
    may('deadLetters.replay', queue) && originalJob !== undefined && state === 'dead';
  const canEdit = canReplay && may('jobs.update', queue) && may('data.read', queue);
  const acts = [
    ...(canReplay ? [{ act: 'replay', key: 'R', tone: 'primary' } as const] : []),
    ...(canEdit ? [{ act: 'edit', key: 'E', tone: undefined } as const] : []),
    ...(may('deadLetters.discard', queue)
      ? [{ act: 'discard', key: 'D', tone: 'danger' } as const]
      : []),
  ];
  useCommands(
    acts.map(({ act, key }) => ({
      ...({ id: `letter.${act}`, label: words.acts[act], group: 'acts', key } as const),
      run: () => setOpen(act),
    })),
  );
  const close = (): void => setOpen(null);
  return (
    <>
      <Copy text={jobId} label={words.copyId} />
      {acts.map(({ act, tone }) => (
        <Button key={act} tone={tone} onClick={() => setOpen(act)}>
          {words.acts[act]}
        </Button>
      ))}
      {(open === 'replay' || open === 'edit') && (
        <ReplayDialog
          of={of}
          example={{ queue, job: jobId }}
          isEditing={open === 'edit'}
          onClose={close}
        />
      )}
      {open === 'discard' && <DiscardDialog of={of} onClose={close} />}
    </>
  );
}
