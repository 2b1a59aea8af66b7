/**
 * Puts dead letters back: counted before, at a pace, on trial first if wished, with changed data if wished. It leads to
 * the bulk action that does it.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import type { LetterSelection, Patch } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useAct } from '../../api/use-act.ts';
import { to } from '../../shell/paths.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { lazyScreen } from '../../ui/lazy-screen.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { CanaryFields, type CanaryWish, toCanary, USUAL_CANARY } from './canary-fields.tsx';
import { PaceField } from './pace-field.tsx';
import { Plans } from './plan.tsx';
import { eligibleOf, mostOf, usePlans } from './use-plans.ts';

const EditData = lazyScreen(() => import('./edit-data.tsx'));

/** Slow enough to look on, fast enough for a coffee. */
const USUAL_PACE = 10;

interface ReplayDialogProps {
  /** One for each queue. */
  readonly of: readonly LetterSelection[];
  /** Whose data is shown when data is to be changed. */
  readonly example: { readonly queue: string; readonly job: string } | null;
  /** Whether changing data is what it was opened for. @default false */
  readonly isEditing?: boolean;
  readonly onClose: () => void;
}

/** The dialog. */
export function ReplayDialog(props: ReplayDialogProps): JSX.Element {
  const { isEditing = false, onClose } = props;
  // What it was opened for: the groups and letters behind it are asked for again and move on.
  const [of] = useState(props.of);
  const [example] = useState(props.example);
  const words = useWords().deadLetters.replay;
  const { number, rate } = useFormats();
  const act = useAct();
  const may = useMay();
  const [, go] = useLocation();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [pace, setPace] = useState<number | null | undefined>(USUAL_PACE);
  const [canary, setCanary] = useState<CanaryWish>(USUAL_CANARY);
  // undefined: what was typed is none, or is not settled yet.
  const [patch, setPatch] = useState<Patch | null | undefined>(null);
  const [isEditorWanted, setIsEditorWanted] = useState(isEditing);
  // Of a try that failed half-way: starting them again would double their pace.
  const [started, setStarted] = useState<ReadonlyMap<string, string>>(new Map());
  const rest = of.filter(({ queue }) => !started.has(queue));
  const planned = usePlans(
    rest.map((selection) => ({ ...selection, kind: 'replay', ...(patch && { patch }) })),
  );
  const chosen = planned.filter(({ queue }) => !left.has(queue));
  const eligible = eligibleOf(chosen);
  const wish = toCanary(canary);
  const isReady =
    eligible !== null && eligible > 0 && pace !== undefined && patch !== undefined && !!wish;
  const mayEdit =
    example !== null &&
    of.every(({ queue }) => may('jobs.update', queue)) &&
    may('data.read', example.queue);
  const start = async (): Promise<void> => {
    const ids = new Map(started);
    for (const selection of rest.filter(({ queue }) => !left.has(queue))) {
      const input = {
        ...selection,
        ...(patch && { patch }),
        ...(typeof pace === 'number' && { perSecond: pace }),
        ...(wish && wish !== 'none' && { canary: wish }),
      };
      const { id } = await act('deadLetters.replay', input, { isShownElsewhere: true });
      ids.set(selection.queue, id);
      setStarted(new Map(ids));
    }
    go(ids.size === 1 ? to.bulkAction([...ids.values()][0]!) : to.bulk());
  };
  const counted = eligible === null ? words.counting : number(eligible);
  return (
    <Confirm
      title={words.title}
      does={typeof pace === 'number' ? words.does(counted, rate(pace)) : words.doesAtOnce(counted)}
      isWide={isEditing}
      isReady={isReady}
      onConfirm={start}
      onClose={onClose}
    >
      {started.size > 0 && <p role="status">{words.started([...started.keys()].join(', '))}</p>}
      <Plans
        planned={planned}
        left={left}
        onToggle={(queue) => {
          const next = new Set(left);
          if (!next.delete(queue)) next.add(queue);
          setLeft(next);
        }}
      />
      <PaceField pace={pace} onPace={setPace} most={mostOf(chosen)} isEach={chosen.length > 1} />
      <CanaryFields wish={canary} onWish={setCanary} />
      {mayEdit ? (
        <details
          open={isEditing}
          onToggle={(event) => event.currentTarget.open && setIsEditorWanted(true)}
        >
          <summary>{words.edit}</summary>
          {isEditorWanted && <EditData example={example} onPatch={setPatch} />}
        </details>
      ) : (
        isEditing && <p class="muted">{words.mayNotEdit}</p>
      )}
      <p class="muted small">{words.keeps}</p>
    </Confirm>
  );
}
