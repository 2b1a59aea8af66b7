/**
 * Before many jobs are dealt with: the server's dry run says how many, why not the others, and shows a few of them. Then
 * the server carries it out.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type {
  JobBulkKind,
  JobBulkOrder,
  JobBulkPlan,
  JobSelection,
} from '../../../../src/operations/views.ts';
import { useAct } from '../../api/use-act.ts';
import { useAsk } from '../../api/use-ask.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { Problem } from '../../ui/problem.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { PaceField } from '../dead-letters/pace-field.tsx';
import { ACTS } from './acts.ts';
import { QueueField } from './queue-field.tsx';

/** A million jobs are looked at one by one. */
const PATIENCE_MS = 5 * 60_000;

/** A dialog for one kind of act. `onStarted` gets the id of the bulk action. */
export function BulkDialog(props: {
  readonly kind: JobBulkKind;
  readonly selection: JobSelection;
  readonly onStarted: (bulk: string) => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { kind, selection, onStarted, onClose } = props;
  const words = useWords().jobs;
  const { number } = useFormats();
  const act = useAct();
  const [target, setTarget] = useState('');
  const [pace, setPace] = useState<number | null | undefined>(null);
  const isAimed = kind !== 'move' || target !== '';
  const order: JobBulkOrder = { ...selection, kind, ...(kind === 'move' && { to: target }) };
  const {
    data: plan,
    error,
    isFetching,
  } = useAsk('jobs.plan', order, {
    ...{ enabled: isAimed, patienceMs: PATIENCE_MS },
  });
  const isDangerous = kind === 'remove';
  const start = async (): Promise<void> => {
    const made = await act(
      'jobs.bulk',
      {
        ...order,
        ...(pace && { perSecond: pace }),
        ...(isDangerous && { confirm: selection.queue }),
      },
      { isShownElsewhere: true, patienceMs: PATIENCE_MS },
    );
    onStarted(made.id);
  };
  const ready = plan && !isFetching ? plan : null;
  return (
    <Confirm
      title={words.acts[kind].title}
      does={ready ? words.acts[kind].does(number(ready.eligible)) : words.acts[kind].button}
      {...{ isDangerous: ACTS[kind].isDangerous, onClose, onConfirm: start }}
      {...(isDangerous && { name: selection.queue })}
      isReady={isAimed && ready !== null && ready.eligible > 0 && !error && pace !== undefined}
    >
      <p>{words.acts[kind].says}</p>
      {kind === 'move' && <QueueField queue={selection.queue} onQueue={setTarget} />}
      {isAimed && !ready && !error && <p role="status">{words.planning}</p>}
      {error && <Problem error={error} />}
      {ready && isAimed && !error && <Plan plan={ready} />}
      <PaceField {...{ pace, onPace: setPace, most: ready?.eligible ?? null, isEach: false }} />
    </Confirm>
  );
}

function Plan({ plan }: { readonly plan: JobBulkPlan }): JSX.Element {
  const { jobs: words, deadLetters } = useWords();
  const { number } = useFormats();
  const { eligible, ineligible, sample } = plan;
  const skips: Readonly<Record<string, string>> = deadLetters.plan.skips;
  return (
    <div class="stack plan" role="status">
      <p>
        <strong>{words.eligible(number(eligible), eligible)}</strong>
      </p>
      {Object.keys(ineligible).length > 0 && (
        <ul>
          {Object.entries(ineligible).map(([reason, count]) => (
            <li key={reason}>{words.notEligible(number(count), skips[reason] ?? reason)}</li>
          ))}
        </ul>
      )}
      {sample.length > 0 && (
        <details>
          <summary>{words.sample(number(sample.length))}</summary>
          <ul class="mono">
            {sample.map(({ id, name }) => (
              <li key={id}>
                {id} · {name}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
