/**
 * Deletes a queue: its jobs are counted, its name is typed, and while jobs run it takes a second choice.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import type { Removed } from '../../../../src/operations/views.ts';
import { useApi } from '../../api/api.tsx';
import { useAsk } from '../../api/use-ask.ts';
import { useLive } from '../../live/use-live.ts';
import { to } from '../../shell/paths.ts';
import { useFormats, useWords } from '../../words/words.tsx';
import { InSteps } from '../jobs/remove-many.tsx';

/** The dialog. When the queue is gone, the overview is shown. */
export function Obliterate(props: {
  readonly queue: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { queue } = props;
  const words = useWords().queue.cleanUp;
  const { number } = useFormats();
  const { client } = useApi();
  const [, go] = useLocation();
  const [isForced, setIsForced] = useState(false);
  const running = useLive((live) => live.row(queue)?.active) ?? 0;
  const mayBegin = running === 0 || isForced;
  const wishes = { queue, ...(isForced && { force: true }) };
  const plan = useAsk('queues.obliterate', { ...wishes, dryRun: true }, { enabled: mayBegin });
  // Nothing is asked again when it is done, as after other acts: there is nothing to ask for.
  const step = async (): Promise<Removed> => {
    const removed = await client.call('queues.obliterate', { ...wishes, confirm: queue });
    if (!removed.hasMore) go(to.overview());
    return removed;
  };
  return (
    <InSteps
      {...{ ...props, plan, step }}
      title={words.obliterateTitle(queue)}
      does={words.obliterateDoes}
      mayBeNone
    >
      <p>{words.obliterateSays}</p>
      <p class="muted">{words.obliterateHelp}</p>
      {(running > 0 || isForced) && (
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
    </InSteps>
  );
}
