/**
 * What the doctor finds: what was seen, why it matters, what to do; and what it can mend itself.
 */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { FindingView, FixView, Severity } from '../../../../src/operations/views.ts';
import { useApi } from '../../api/api.tsx';
import { useMay } from '../../api/me.tsx';
import { useAct } from '../../api/use-act.ts';
import { useAsk } from '../../api/use-ask.ts';
import { to } from '../../shell/paths.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Copy } from '../../ui/copy.tsx';
import { Problem } from '../../ui/problem.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

const TONES: Readonly<Record<Severity, Tone>> = {
  critical: 'bad',
  warning: 'warn',
  information: 'quiet',
  unverified: 'quiet',
};

/** The examination. */
export function Doctor(): JSX.Element {
  const words = useWords().redis;
  const may = useMay();
  const { duration, number } = useFormats();
  const [isMending, setIsMending] = useState(false);
  const { data, error, isFetching, refetch } = useAsk('doctor.run', { quick: true });
  const canMend = may('doctor.fix', null) && data?.findings.some(({ isFixable }) => isFixable);
  return (
    <div class="stack">
      {error && <Problem error={error} onRetry={() => void refetch()} />}
      {!data && !error && <p role="status">{words.examining}</p>}
      {data && (
        <>
          <div class="row">
            <span>
              {words.examined(number(data.checks), number(data.queues), duration(data.tookMs))}
            </span>
            <Button size="small" disabled={isFetching} onClick={() => void refetch()}>
              {isFetching ? words.examining : words.examine}
            </Button>
            {canMend && (
              <Button size="small" onClick={() => setIsMending(true)}>
                {words.mend}
              </Button>
            )}
          </div>
          {data.findings.length === 0 && <Badge tone="good">{words.healthy}</Badge>}
          {data.findings.map((finding) => (
            <Finding key={`${finding.id} ${finding.queue}`} finding={finding} />
          ))}
        </>
      )}
      {isMending && <MendDialog onClose={() => setIsMending(false)} />}
    </div>
  );
}

function Finding({ finding }: { readonly finding: FindingView }): JSX.Element {
  const words = useWords().redis;
  const { id, severity, title, seen, why, remedy, queue } = finding;
  return (
    <article class="card stack" aria-label={title}>
      <div class="row">
        <Badge tone={TONES[severity]}>{words.severities[severity]}</Badge>
        <h3>{title}</h3>
        <span class="muted small mono">{id}</span>
        {queue !== null && <Link href={to.queue(queue)}>{queue}</Link>}
      </div>
      <dl class="pairs">
        <dt>{words.seen}</dt>
        <dd>{seen}</dd>
        <dt>{words.why}</dt>
        <dd>{why}</dd>
      </dl>
      {remedy.length > 0 && (
        <div class="row">
          <pre class="code" style={{ flex: 1 }}>
            {remedy.join('\n')}
          </pre>
          <Copy text={remedy.join('\n')} />
        </div>
      )}
    </article>
  );
}

function MendDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const words = useWords().redis;
  const act = useAct();
  const { client } = useApi();
  const [data, setData] = useState<readonly FixView[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    client.call('doctor.fix', { dryRun: true }).then(setData, setError);
  }, [client]);
  return (
    <Confirm
      title={words.mend}
      does={words.mendThese(data?.length ?? 0)}
      isReady={Boolean(data?.length)}
      onConfirm={() =>
        act(
          'doctor.fix',
          {},
          { done: (fixes) => words.mended(fixes.length), isShownElsewhere: true },
        )
      }
      onClose={onClose}
    >
      {error !== null && <Problem error={error} />}
      <p>{words.mendSays}</p>
      <ul>
        {data?.map(({ id, queue, does }) => (
          <li key={`${id} ${queue}`}>{does}</li>
        ))}
      </ul>
    </Confirm>
  );
}
