/**
 * What was decided for a pool, newest first, in words.
 */
import type { JSX } from 'preact';
import type { DecisionView } from '../../../../src/operations/views.ts';
import { Time } from '../../ui/moment.tsx';
import { useWords } from '../../words/words.tsx';

/** The log. */
export function PoolDecisions(props: { readonly decisions: readonly DecisionView[] }): JSX.Element {
  const words = useWords().pools;
  return (
    <section aria-label={words.decisions}>
      <h3>{words.decisions}</h3>
      {props.decisions.length === 0 && <p class="muted">{words.noDecisions}</p>}
      <ol class="decisions">
        {props.decisions.map(({ id, at, words: why }) => (
          <li key={id}>
            <span class="muted small">
              <Time at={at} />
            </span>
            <span>{why}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
