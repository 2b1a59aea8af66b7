/**
 * Which hosts have how many slots of a pool.
 */
import type { JSX } from 'preact';
import type { PoolView } from '../../../../src/operations/views.ts';
import { Meter } from '../../ui/meter.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { hostShares } from './pool-steps.ts';

/** A bar for each host. */
export function PoolShares({ pool }: { readonly pool: PoolView }): JSX.Element {
  const words = useWords().pools;
  const { number } = useFormats();
  const hosts = hostShares(pool.shares);
  const all = hosts.reduce((sum, { slots }) => sum + slots, 0);
  return (
    <section class="card" aria-label={words.shares}>
      <h2>{words.shares}</h2>
      {hosts.length === 0 && <p class="muted">{words.noShares}</p>}
      <ul class="shares">
        {hosts.map(({ host, slots, processes }) => {
          const share = words.share(number(slots), number(all));
          return (
            <li key={host}>
              <span class="clip">{host}</span>
              <Meter value={all === 0 ? 0 : slots / all} words={`${host}: ${share}`} />
              <span>{share}</span>
              <span class="muted small">
                {processes === 1 ? words.oneProcess : words.processes(number(processes))}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
