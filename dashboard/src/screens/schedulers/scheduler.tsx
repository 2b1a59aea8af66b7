/**
 * The screen “Scheduler”: when it runs, what its jobs are made of, and what can be done with it.
 */
import './schedulers.css';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import type { SchedulerView } from '../../../../src/operations/views.ts';
import { codeOf } from '../../api/failure.ts';
import { useMay } from '../../api/me.tsx';
import { useAct } from '../../api/use-act.ts';
import { useAsk } from '../../api/use-ask.ts';
import { useCommands } from '../../shell/commands.tsx';
import { to } from '../../shell/paths.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';
import { EditScheduler } from './edit-scheduler.tsx';
import { useRunNow } from './run-now.tsx';
import { SchedulerParts } from './scheduler-parts.tsx';

const EVERY_MS = 5_000;

/** The screen. */
export default function Scheduler(props: {
  readonly queue: string;
  readonly scheduler: string;
}): JSX.Element {
  const { queue, scheduler } = props;
  const words = useWords().schedulers;
  const [isGone, setIsGone] = useState(false);
  const { data, error, refetch } = useAsk(
    'schedulers.get',
    { queue, scheduler },
    { everyMs: isGone ? undefined : EVERY_MS },
  );
  const isMissing = data !== undefined && codeOf(error) === 'NOT_FOUND';
  if (isMissing !== isGone) setIsGone(isMissing);
  return (
    <Screen
      tellsErrors
      title={scheduler}
      crumbs={
        <>
          <Link href={to.schedulers()}>{words.title}</Link> /
          <Link href={to.schedulers(queue)}>{queue}</Link>
        </>
      }
      actions={data && !isMissing && <Acts of={data} />}
      isReady={data !== undefined}
      error={error}
      onRetry={() => void refetch()}
    >
      {isMissing && (
        <p class="problem" role="status">
          {words.gone}
        </p>
      )}
      {data && <SchedulerParts of={data} />}
    </Screen>
  );
}

function Acts({ of }: { readonly of: SchedulerView }): JSX.Element {
  const { queue, id, jobName } = of;
  const words = useWords().schedulers;
  const may = useMay();
  const run = useRunNow(of);
  const [open, setOpen] = useState<'edit' | 'remove' | null>(null);
  const acts = [
    ...(run ? [{ act: 'run', key: 'R', go: () => void run().catch(() => {}) } as const] : []),
    ...(jobName !== null && may('schedulers.set', queue)
      ? [{ act: 'edit', key: 'E', go: () => setOpen('edit') } as const]
      : []),
    ...(may('schedulers.remove', queue)
      ? [{ act: 'remove', key: 'D', go: () => setOpen('remove') } as const]
      : []),
  ];
  useCommands(
    acts.map(({ act, key, go }) => ({
      ...({ id: `scheduler.${act}`, label: words.acts[act].title, group: 'acts', key } as const),
      run: go,
    })),
  );
  const close = (): void => setOpen(null);
  return (
    <>
      {acts.map(({ act, key, go }) => (
        <Button
          key={act}
          tone={act === 'remove' ? 'danger' : act === 'run' ? 'primary' : undefined}
          hint={`${words.acts[act].title} (${key})`}
          onClick={go}
        >
          {words.acts[act].button}
        </Button>
      ))}
      {open === 'edit' && <EditScheduler queue={queue} scheduler={of} onClose={close} />}
      {open === 'remove' && <Remove queue={queue} id={id} onClose={close} />}
    </>
  );
}

function Remove(props: {
  readonly queue: string;
  readonly id: string;
  readonly onClose: () => void;
}): JSX.Element {
  const { queue, id, onClose } = props;
  const words = useWords().schedulers.acts.remove;
  const act = useAct();
  const [, go] = useLocation();
  const remove = async (): Promise<void> => {
    await act(
      'schedulers.remove',
      { queue, scheduler: id },
      { isShownElsewhere: true, done: words.done(id) },
    );
    go(to.schedulers());
  };
  return (
    <Confirm title={words.title} does={words.does} isDangerous {...{ onClose, onConfirm: remove }}>
      <p>{words.says(id)}</p>
    </Confirm>
  );
}
