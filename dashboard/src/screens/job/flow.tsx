/**
 * The flow that the job is part of: its parent, and the tree of its children, each loaded when it is opened.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { FlowNode, JobView } from '../../../../src/operations/views.ts';
import { useAsk } from '../../api/use-ask.ts';
import { to } from '../../shell/paths.ts';
import { StateBadge } from '../../ui/badge.tsx';
import { Problem } from '../../ui/problem.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

/** Children of a node in one answer. */
const MOST = 100;

/** A card; nothing for a job that has neither parent nor children. */
export function Flow({ job }: { readonly job: JobView }): JSX.Element | null {
  const { queue, id, parent } = job;
  const words = useWords().job;
  const { data } = useAsk(
    'jobs.flow',
    { queue, job: id, depth: 1, most: MOST },
    { follows: queue, keepsLast: true },
  );
  const hasChildren = data !== undefined && (data.children.length > 0 || data.more > 0);
  if (!parent && !hasChildren) return null;
  return (
    <section class="card" aria-label={words.flow}>
      <h2>{words.flow}</h2>
      {parent && (
        <p>
          {words.parent} <Link href={to.job(parent.queue, parent.id)}>{parent.id}</Link>{' '}
          <span class="muted">{parent.queue}</span>
        </p>
      )}
      {hasChildren && <Children node={data} />}
    </section>
  );
}

function Children({ node }: { readonly node: FlowNode }): JSX.Element {
  const words = useWords().job;
  const { number } = useFormats();
  const { queue, id, children, more } = node;
  return (
    <>
      <ul class="flow" aria-label={words.childrenOf(id)}>
        {children.map((child) => (
          <Node key={`${child.queue} ${child.id}`} node={child} />
        ))}
      </ul>
      {more > 0 && (
        <p class="muted small">
          {children.length < MOST ? words.unseen(number(more)) : words.moreChildren(number(more))}
          {children.length < MOST ? null : (
            <span class="mono"> {`drover job flow ${queue} ${id}`}</span>
          )}
        </p>
      )}
    </>
  );
}

function Node({ node }: { readonly node: FlowNode }): JSX.Element {
  const { queue, id, name, state, children, more } = node;
  const words = useWords().job;
  const [isOpen, setIsOpen] = useState(false);
  const hasChildren = children.length > 0 || more > 0;
  return (
    <li>
      <div class="flow-line">
        {hasChildren ? (
          <button
            type="button"
            class="flow-turn"
            aria-expanded={isOpen}
            aria-label={words.childrenOf(id)}
            onClick={() => setIsOpen(!isOpen)}
          >
            <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span>
          </button>
        ) : (
          <span class="flow-turn" />
        )}
        <span class="flow-job">
          {state === 'gone' ? <span>{id}</span> : <Link href={to.job(queue, id)}>{id}</Link>}
          <StateBadge state={state} />
          <span class="muted">{name === null ? queue : `${name} · ${queue}`}</span>
        </span>
      </div>
      {isOpen && <Below queue={queue} id={id} />}
    </li>
  );
}

function Below({ queue, id }: { readonly queue: string; readonly id: string }): JSX.Element {
  const words = useWords().shell;
  const ask = { queue, job: id, depth: 1, most: MOST };
  const { data, error, refetch } = useAsk('jobs.flow', ask, { follows: queue });
  if (data) return <Children node={data} />;
  if (error) return <Problem error={error} onRetry={() => void refetch()} />;
  return <p class="muted small">{words.loading}</p>;
}
