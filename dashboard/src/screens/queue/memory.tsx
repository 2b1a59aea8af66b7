/**
 * What a queue takes of Redis's memory. It is asked for when somebody opens it: samples cost something.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { MemoryView } from '../../../../src/operations/views.ts';
import { useAsk } from '../../api/use-ask.ts';
import { Ago } from '../../ui/moment.tsx';
import { Problem } from '../../ui/problem.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

/** Closed at first. */
export function Memory({ queue }: { readonly queue: string }): JSX.Element {
  const words = useWords();
  const [isOpen, setIsOpen] = useState(false);
  const { data, error, refetch } = useAsk('memory.get', { queue }, { enabled: isOpen });
  return (
    <details class="card" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>
        <h2>{words.queue.memory.title}</h2>
      </summary>
      {isOpen && !data && !error && <p class="muted">{words.shell.loading}</p>}
      {error && !data && <Problem error={error} onRetry={() => void refetch()} />}
      {data && <Parts memory={data} />}
    </details>
  );
}

function Parts({ memory }: { readonly memory: MemoryView }): JSX.Element {
  const words = useWords().queue.memory;
  const { bytes, number } = useFormats();
  const { kinds, isComplete, standardErrorBytes, freedBytes, payloads } = memory;
  const error = standardErrorBytes === null ? '' : ` ${words.give(bytes(standardErrorBytes))}`;
  const saves = payloads.reduce((sum, part) => sum + (part.compressionWouldSaveBytes ?? 0), 0);
  return (
    <div class="stack">
      <p>
        {(isComplete ? words.total : words.least)(bytes(memory.bytes))}
        {error}
        <span class="muted small">
          {' '}
          {words.taken}, <Ago at={memory.at} />
        </span>
      </p>
      <table class="table">
        <caption class="hidden-visually">{words.title}</caption>
        <thead>
          <tr>
            <th scope="col">{words.kind}</th>
            <th scope="col" class="number">
              {words.count}
            </th>
            <th scope="col" class="number">
              {words.bytes}
            </th>
            <th scope="col" class="number wide-only">
              {words.error}
            </th>
          </tr>
        </thead>
        <tbody>
          {kinds
            .filter((each) => each.count > 0 || each.bytes !== 0)
            .toSorted((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0))
            .map((each) => (
              <tr key={each.kind}>
                <th scope="row">{words.kinds[each.kind] ?? each.kind}</th>
                <td class="number">{number(each.count)}</td>
                <td class="number">{bytes(each.bytes)}</td>
                <td class="number wide-only">{bytes(each.standardErrorBytes)}</td>
              </tr>
            ))}
        </tbody>
      </table>
      {saves > 0 && <p class="muted">{words.saved(bytes(saves))}</p>}
      {freedBytes !== null && <p class="muted">{words.freed(bytes(freedBytes))}</p>}
    </div>
  );
}
