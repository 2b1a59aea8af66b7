/**
 * What can be done about a bulk action: hold it, let it go on, end it, take back what it has put back.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { NEEDED } from '../../../../src/operations/dead-letters/bulk-source.ts';
import type { BulkView } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useAct } from '../../api/use-act.ts';
import { useCommands } from '../../shell/commands.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { AbortDialog } from './abort-dialog.tsx';

type BulkAct = 'pause' | 'resume' | 'abort' | 'undo';

const FROM: Readonly<Record<BulkAct, readonly BulkView['state'][]>> = {
  pause: ['planned', 'canary', 'running'],
  resume: ['paused'],
  abort: ['planned', 'canary', 'running', 'paused'],
  undo: ['paused', 'done', 'aborted', 'failed'],
};
const KEYS: Readonly<Record<BulkAct, string>> = {
  ...{ pause: 'P', resume: 'P', abort: 'A', undo: 'U' },
};

/** Buttons, and the questions that they ask. */
export function BulkActs({ view }: { readonly view: BulkView }): JSX.Element {
  const { id, kind, queue, state, done } = view;
  const words = useWords().bulk;
  const { number } = useFormats();
  const may = useMay();
  const act = useAct();
  const [asked, setAsked] = useState<'abort' | 'undo' | null>(null);
  const close = (): void => setAsked(null);
  const isAllowed =
    may('bulk.pause', queue) &&
    may(NEEDED[kind], queue) &&
    (view.to === null || may(NEEDED[kind], view.to));
  const offered = (Object.keys(FROM) as BulkAct[]).filter(
    (each) =>
      isAllowed &&
      FROM[each].includes(state) &&
      (each !== 'undo' || (kind === 'replay' && done > 0)),
  );
  const run = (each: BulkAct): void => {
    if (each === 'abort' || each === 'undo') setAsked(each);
    else void act(`bulk.${each}`, { bulk: id }, { done: words.done[each] }).catch(() => {});
  };
  useCommands(
    offered.map((each) => ({
      ...({ id: `bulk.${each}`, label: words.acts[each], group: 'acts', key: KEYS[each] } as const),
      run: () => run(each),
    })),
  );
  const undo = (): Promise<unknown> =>
    act('bulk.undo', { bulk: id }, { isShownElsewhere: true, done: words.done.undo });
  return (
    <>
      {offered.map((each) => (
        <Button key={each} tone={each === 'abort' ? 'danger' : undefined} onClick={() => run(each)}>
          {words.acts[each]}
        </Button>
      ))}
      {asked === 'abort' && <AbortDialog view={view} onClose={close} />}
      {asked === 'undo' && (
        <Confirm
          title={words.confirm.undo.title}
          does={words.confirm.undo.does}
          {...{ onConfirm: undo, onClose: close }}
        >
          <p>{words.confirm.undo.says(number(done))}</p>
        </Confirm>
      )}
    </>
  );
}
