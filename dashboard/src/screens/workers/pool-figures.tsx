/**
 * A pool in figures.
 */
import type { JSX } from 'preact';
import type { PoolView } from '../../../../src/operations/views.ts';
import { Ago } from '../../ui/moment.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

/** The figures. */
export function PoolFigures({ pool }: { readonly pool: PoolView }): JSX.Element {
  const { min, max, target, current, mode, recommended, writtenAt } = pool;
  const words = useWords().pools;
  const { number } = useFormats();
  return (
    <section class="card" aria-label={words.figures.title}>
      <dl class="figures">
        <div>
          <dt>{words.figures.target}</dt>
          <dd>
            {number(target)}
            {target === null && <small>{words.figures.undecided}</small>}
          </dd>
        </div>
        <div>
          <dt>{words.figures.current}</dt>
          <dd>{number(current)}</dd>
        </div>
        <div>
          <dt>{words.figures.bounds}</dt>
          <dd>{words.figures.between(number(min), number(max))}</dd>
        </div>
        <div>
          <dt>{words.figures.mode}</dt>
          <dd>{words.modes[mode]}</dd>
        </div>
        {mode !== 'auto' && (
          <div>
            <dt>{words.figures.recommended}</dt>
            <dd>{number(recommended)}</dd>
          </div>
        )}
        <div>
          <dt>{words.figures.writtenAt}</dt>
          <dd>
            <Ago at={writtenAt} />
          </dd>
        </div>
      </dl>
    </section>
  );
}
