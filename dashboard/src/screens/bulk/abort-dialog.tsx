/**
 * Asks before a bulk action is ended: it cannot be resumed.
 */
import type { JSX } from 'preact';
import type { BulkView } from '../../../../src/operations/views.ts';
import { useAct } from '../../api/use-act.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { dealtWith } from './bulk-progress.ts';

/** The question. */
export function AbortDialog(props: {
  readonly view: BulkView;
  readonly onDone?: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { view, onDone, onClose } = props;
  const { id, kind, total, done } = view;
  const words = useWords().bulk;
  const { number } = useFormats();
  const act = useAct();
  const abort = async (): Promise<void> => {
    await act('bulk.abort', { bulk: id }, { isShownElsewhere: true, done: words.done.abort });
    onDone?.();
  };
  const { title, does, says } = words.confirm.abort;
  const left = Math.max(0, total - dealtWith(view));
  return (
    <Confirm {...{ title, does, onClose, onConfirm: abort }} isDangerous>
      <p>{says(number(done), number(left), kind === 'replay')}</p>
    </Confirm>
  );
}
