/**
 * Chooses what of the history is shown: the span of time, and jobs of one name.
 */
import type { JSX } from 'preact';
import { useLocation, useSearchParams } from 'wouter-preact';
import { Tabs } from '../../ui/tabs.tsx';
import { useWords } from '../../words/words.tsx';
import { RANGES, type Range } from './history-lines.ts';

/** Spans as links, names as a choice. `names`: those that are known, most first. */
export function HistoryHead(props: {
  readonly range: Range;
  readonly jobName: string | null;
  readonly names: readonly string[];
}): JSX.Element {
  const { range, jobName, names } = props;
  const words = useWords().queue.history;
  const [path] = useLocation();
  const [address, setAddress] = useSearchParams();
  const isKnown = jobName === null || names.includes(jobName);
  const offered = isKnown ? names : [jobName, ...names];
  return (
    <div class="history-head">
      <h2>{words.title}</h2>
      <Tabs
        label={words.range}
        tabs={(Object.keys(RANGES) as Range[]).map((each) => ({
          href: `${path}?${changed(address, 'range', each)}`,
          label: words.ranges[each],
          isCurrent: each === range,
        }))}
      />
      {offered.length > 0 && (
        <label class="row small">
          {words.name}
          <select
            value={jobName ?? ''}
            onChange={({ currentTarget }) =>
              setAddress((before) => changed(before, 'name', currentTarget.value))
            }
          >
            <option value="">{words.allNames}</option>
            {offered.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}

function changed(address: URLSearchParams, field: string, value: string): URLSearchParams {
  const next = new URLSearchParams(address);
  if (value === '') next.delete(field);
  else next.set(field, value);
  return next;
}
