/**
 * What the processor has logged, the newest line at the end. It goes on while the job runs.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { JobView } from '../../../../src/operations/views.ts';
import { useAsk } from '../../api/use-ask.ts';
import { Button } from '../../ui/button.tsx';
import { Code } from '../../ui/code.tsx';
import { Copy } from '../../ui/copy.tsx';
import { Problem } from '../../ui/problem.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

const FEW = 100;
/** In one answer. */
const MOST = 1_000;

/** A card; nothing when there is no line. */
export function Logs(props: {
  readonly job: JobView;
  readonly everyMs: number | undefined;
}): JSX.Element | null {
  const { job, everyMs } = props;
  const { queue, id, logLines } = job;
  const words = useWords().job;
  const { number } = useFormats();
  const [wanted, setWanted] = useState(FEW);
  const from = Math.max(0, logLines - wanted);
  const { data, error, refetch } = useAsk(
    'jobs.logs',
    { queue, job: id, cursor: String(from), limit: MOST },
    { everyMs, keepsLast: true, enabled: logLines > 0 },
  );
  if (logLines === 0) return null;
  const text = data?.lines.join('\n') ?? '';
  return (
    <section class="card stack" aria-label={words.logs}>
      <div class="row">
        <h2>{words.logs}</h2>
        <span class="muted small">{words.lines(number(data?.total ?? logLines))}</span>
        <span class="at-end">{text !== '' && <Copy text={text} />}</span>
      </div>
      {from > 0 && (
        <p class="row muted small">
          {words.earlier(number(from))}
          {wanted < MOST ? (
            <Button size="small" onClick={() => setWanted(MOST)}>
              {words.showEarlier}
            </Button>
          ) : (
            words.byCommand
          )}
        </p>
      )}
      {error && !data && <Problem error={error} onRetry={() => void refetch()} />}
      <Code label={words.logs}>{text}</Code>
    </section>
  );
}
