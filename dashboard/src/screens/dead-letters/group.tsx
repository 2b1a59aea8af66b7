/**
 * One cause: what it says and where in the code, since when and how often, and the letters that died of it.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Link, useSearchParams } from 'wouter-preact';
import type { FailureGroup } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useAsk } from '../../api/use-ask.ts';
import { useCommands } from '../../shell/commands.tsx';
import { to } from '../../shell/paths.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';
import { DiscardDialog } from './discard-dialog.tsx';
import { GROUP_ACTS, isPossible, useGroupActs } from './group-acts.ts';
import { GroupFacts } from './group-facts.tsx';
import { Letters } from './letters.tsx';
import { NewestLetter } from './newest-letter.tsx';
import { ReplayDialog } from './replay-dialog.tsx';
import './dead-letters.css';

const EVERY_MS = 5_000;

/** The screen of a group. */
export default function Group({ group: fingerprint }: { readonly group: string }): JSX.Element {
  const words = useWords().deadLetters;
  const [search] = useSearchParams();
  const queue = search.get('queue') ?? undefined;
  const { data, error, refetch } = useAsk(
    'groups.get',
    { group: fingerprint },
    { everyMs: EVERY_MS },
  );
  const crumbs = (
    <>
      <Link href={to.deadLetters(queue)}>{words.title}</Link>
      {queue !== undefined && (
        <>
          <span aria-hidden="true">/</span>
          <Link href={to.queue(queue)}>{queue}</Link>
        </>
      )}
    </>
  );
  return (
    <Screen
      title={data ? data.type || words.noType : words.group}
      crumbs={crumbs}
      mark={data && <StateMark state={data.state} />}
      actions={data && <Acts group={data} queue={queue} />}
      isReady={data !== undefined}
      error={error}
      onRetry={() => void refetch()}
    >
      {data && (
        <div class="stack">
          <p class="dl-reason mono">{data.message}</p>
          <div class="dl-triage">
            <NewestLetter group={data} />
            <GroupFacts group={data} />
          </div>
          <Letters group={data} queue={queue} />
        </div>
      )}
    </Screen>
  );
}

const TONES: Readonly<Record<FailureGroup['state'], Tone>> = {
  open: 'warn',
  regressed: 'bad',
  resolved: 'good',
  ignored: 'quiet',
};

function StateMark({ state }: Pick<FailureGroup, 'state'>): JSX.Element {
  const words = useWords().deadLetters.groupStates;
  return <Badge tone={TONES[state]}>{words[state]}</Badge>;
}

function Acts(props: {
  readonly group: FailureGroup;
  readonly queue: string | undefined;
}): JSX.Element {
  const { group, queue } = props;
  const words = useWords().deadLetters;
  const may = useMay();
  const change = useGroupActs();
  const [open, setOpen] = useState<'replay' | 'discard' | null>(null);
  const queues = group.queues.map(({ name }) => name);
  const meant = queue !== undefined && queues.includes(queue) ? [queue] : queues;
  const of = (needs: 'deadLetters.replay' | 'deadLetters.discard') =>
    meant
      .filter((name) => may(needs, name))
      .map((name) => ({ queue: name, group: group.fingerprint }));
  const replayable = of('deadLetters.replay');
  const discardable = of('deadLetters.discard');
  const settable = GROUP_ACTS.filter(
    ({ act }) => isPossible(act, group) && queues.some((name) => may('groups.set', name)),
  );
  const close = (): void => setOpen(null);
  const commands = [
    ...(replayable.length > 0 ? [{ act: 'replay', key: 'R', run: () => setOpen('replay') }] : []),
    ...settable.map(({ act, key }) => ({ act, key, run: () => void change(act, [group]) })),
    ...(discardable.length > 0
      ? [{ act: 'discard', key: 'D', run: () => setOpen('discard') }]
      : []),
  ] as const;
  useCommands(
    commands.map(({ act, key, run }) => ({
      ...({ id: `group.${act}`, label: words.acts[act as keyof typeof words.acts] } as const),
      ...({ group: 'acts', key, run } as const),
    })),
  );
  return (
    <>
      {commands.map(({ act, run }) => (
        <Button key={act} tone={ACT_TONES[act as keyof typeof ACT_TONES]} onClick={run}>
          {words.acts[act as keyof typeof words.acts]}
        </Button>
      ))}
      {open === 'replay' && (
        <ReplayDialog
          of={replayable}
          example={{ queue: group.sampleQueue, job: group.sample }}
          onClose={close}
        />
      )}
      {open === 'discard' && <DiscardDialog of={discardable} onClose={close} />}
    </>
  );
}

const ACT_TONES = { replay: 'primary', discard: 'danger' } as Readonly<
  Record<string, 'primary' | 'danger' | undefined>
>;
