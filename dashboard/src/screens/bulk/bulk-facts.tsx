/**
 * What an action was asked to do: which ones, how fast, on trial or not, with which changes, by whom and when.
 */
import type { JSX } from 'preact';
import { Link } from 'wouter-preact';
import { stringifyExactly } from '../../../../src/base/exact-numbers.ts';
import type { BulkView } from '../../../../src/operations/views.ts';
import { to } from '../../shell/paths.ts';
import { Code } from '../../ui/code.tsx';
import { Copy } from '../../ui/copy.tsx';
import { indented } from '../../ui/json-text.ts';
import { Time } from '../../ui/moment.tsx';
import { UNKNOWN } from '../../words/formats.ts';
import { useFormats, useWords } from '../../words/words.tsx';

/** A card of pairs. */
export function BulkFacts({ view }: { readonly view: BulkView }): JSX.Element {
  const words = useWords().bulk;
  const { rate, number, duration } = useFormats();
  const { id, queue, actor, perSecond, canary, patch, withJobs, startedAt, finishedAt } = view;
  const took = startedAt !== null && finishedAt !== null ? finishedAt - startedAt : null;
  return (
    <section class="card stack" aria-label={words.asked}>
      <h2>{words.asked}</h2>
      <dl class="pairs">
        <dt>{words.columns.queue}</dt>
        <dd>
          <Link href={to.queue(queue)}>{queue}</Link>
        </dd>
        {view.to !== null && (
          <>
            <dt>{words.toQueue}</dt>
            <dd>
              <Link href={to.queue(view.to)}>{view.to}</Link>
            </dd>
          </>
        )}
        <dt>{words.columns.filter}</dt>
        <dd>
          <Which view={view} />
        </dd>
        {view.kind === 'discard' && (
          <>
            <dt>{words.jobs}</dt>
            <dd>{withJobs ? words.jobsToo : words.jobsStay}</dd>
          </>
        )}
        <dt>{words.pace}</dt>
        <dd>{perSecond === null ? words.atOnce : words.perSecond(rate(perSecond))}</dd>
        {canary && (
          <>
            <dt>{words.canary}</dt>
            <dd>
              {words.canarySays(
                number(canary.count),
                duration(canary.waitMs),
                number(Math.floor(canary.tolerated * canary.count)),
              )}
            </dd>
          </>
        )}
        <dt>{words.columns.by}</dt>
        <dd>{actor || UNKNOWN}</dd>
        <dt>{words.createdAt}</dt>
        <dd>
          <Time at={view.createdAt} />
        </dd>
        <dt>{words.columns.started}</dt>
        <dd>
          <Time at={startedAt} />
        </dd>
        <dt>{words.finishedAt}</dt>
        <dd>
          <Time at={finishedAt} />
          {took !== null && <span class="muted"> {words.after(duration(took))}</span>}
        </dd>
        <dt>{words.id}</dt>
        <dd>
          <span class="mono">{id}</span> <Copy text={id} />
        </dd>
      </dl>
      {patch && (
        <div>
          <h3>{words.patch}</h3>
          <Code label={words.patch}>{indented(stringifyExactly(patch)!)}</Code>
        </div>
      )}
    </section>
  );
}

/** Chosen ones, a group, or what a filter matches. */
function Which({ view: { filter, queue } }: { readonly view: BulkView }): JSX.Element {
  const words = useWords().bulk;
  if (filter === null) return <>{words.chosen}</>;
  if (filter.trim() === '') return <>{words.everything}</>;
  const group = /\bgroup:([0-9a-f]{16})$/.exec(filter)?.[1];
  return (
    <>
      <code>{filter}</code>
      {group && (
        <>
          {' '}
          <Link href={to.group(group, queue)}>{words.toGroup}</Link>
        </>
      )}
    </>
  );
}
