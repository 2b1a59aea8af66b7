/**
 * Adds a job of a scheduler now, and says where it is. The schedule goes on as it was.
 */
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import type { SchedulerRow } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useAct } from '../../api/use-act.ts';
import { to } from '../../shell/paths.ts';
import { useToast } from '../../shell/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { useWords } from '../../words/words.tsx';

type Which = Pick<SchedulerRow, 'queue' | 'id' | 'jobName'>;

/** What adds the job, once at a time; null when it cannot be done, or by whoever looks. */
export function useRunNow({ queue, id, jobName }: Which): (() => Promise<void>) | null {
  const words = useWords().schedulers;
  const may = useMay();
  const act = useAct();
  const toast = useToast();
  const [, go] = useLocation();
  const isUnderWay = useRef(false);
  if (jobName === null || !may('schedulers.run', queue)) return null;
  return async () => {
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    try {
      const { jobId } = await act('schedulers.run', { queue, scheduler: id });
      toast(words.ran(id, jobId), 'good', {
        label: words.toJob,
        run: () => go(to.job(queue, jobId)),
      });
    } finally {
      isUnderWay.current = false;
    }
  };
}

/** A button for a row; nothing for whoever may not. */
export function RunNow({ row }: { readonly row: Which }): JSX.Element | null {
  const words = useWords().schedulers;
  const run = useRunNow(row);
  const [isWorking, setIsWorking] = useState(false);
  if (!run) return null;
  return (
    <Button
      size="small"
      label={words.runNamed(row.id)}
      disabled={isWorking}
      onClick={() => {
        setIsWorking(true);
        // What went wrong has been said.
        void run()
          .catch(() => {})
          .finally(() => setIsWorking(false));
      }}
    >
      {words.run}
    </Button>
  );
}
