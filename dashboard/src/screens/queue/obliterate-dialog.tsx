/**
 * Deletes a queue: counts its jobs, has its name typed. While jobs run it takes a second choice.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import type { QueueView } from '../../../../src/operations/views.ts';
import { useApi } from '../../api/api.tsx';
import { useAsk } from '../../api/use-ask.ts';
import { useLive } from '../../live/use-live.ts';
import { to } from '../../shell/paths.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { RemovalPlan } from './removal-plan.tsx';
import { useRemoval } from './use-removal.ts';

/** The dialog. */
export function ObliterateDialog(props: {
  readonly view: QueueView;
  readonly onClose: () => void;
}): JSX.Element {
  const { queue, counts } = props.view;
  const words = useWords().queue.cleanUp;
  const { number } = useFormats();
  const { client } = useApi();
  const [, go] = useLocation();
  const [isForced, setIsForced] = useState(false);
  const { soFar, run } = useRemoval(() => go(to.overview()));
  const running = useLive((live) => live.row(queue)?.active) ?? counts.active ?? 0;
  const mayBegin = running === 0 || isForced;
  const wishes = { queue, ...(isForced && { force: true }) };
  const { data: plan, error } = useAsk(
    'queues.obliterate',
    { ...wishes, dryRun: true },
    { enabled: mayBegin },
  );
  const step = () => client.call('queues.obliterate', { ...wishes, confirm: queue });
  return (
    <Confirm
      title={words.obliterateTitle(queue)}
      does={words.obliterateDoes}
      name={queue}
      isDangerous
      isEndedByClosing
      isReady={mayBegin && plan !== undefined}
      onConfirm={() => run(step)}
      onClose={props.onClose}
    >
      <p>{words.obliterateSays}</p>
      <p class="muted">{words.obliterateHelp}</p>
      {(running > 0 || isForced) && soFar === null && (
        <>
          <p>{words.running(number(running))}</p>
          <label class="row">
            <input
              type="checkbox"
              checked={isForced}
              onChange={(event) => setIsForced(event.currentTarget.checked)}
            />
            {words.force}
          </label>
        </>
      )}
      {mayBegin && <RemovalPlan {...{ plan, error, soFar }} />}
    </Confirm>
  );
}
