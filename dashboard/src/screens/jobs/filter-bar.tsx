/**
 * The search: one line in the grammar of the API. It suggests what can stand there, and shows a mistake at its place.
 */
import type { JSX } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { codeOf } from '../../api/failure.ts';
import { useCommands } from '../../shell/commands.tsx';
import { Button } from '../../ui/button.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { type Suggestion, suggest } from './suggest.ts';
import { useHints } from './use-hints.ts';
import type { JobsViewing } from './view-state.ts';

/** The search line. `error`: why the list could not be had. */
export function FilterBar(
  props: JobsViewing & { readonly queue: string; readonly error: unknown },
): JSX.Element {
  const { queue, view, show, error } = props;
  const { jobs: words, shell } = useWords();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(view.filter);
  const [caret, setCaret] = useState(0);
  const [isOpen, setIsOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const hints = useHints(queue, view, isOpen);
  const found = isOpen ? suggest(text, caret, hints) : [];
  const active = Math.min(at, found.length - 1);
  const wanted = useRef<number | null>(null);
  useEffect(() => setText(view.filter), [view.filter]);
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    input.current?.setSelectionRange(wanted.current, wanted.current);
    wanted.current = null;
  });
  useCommands([
    {
      ...({ id: 'jobs.search', label: shell.general.search, group: 'general', key: '/' } as const),
      run: () => input.current?.focus(),
    },
  ]);
  const look = (): void => {
    setCaret(input.current!.selectionStart ?? 0);
    setIsOpen(true);
  };
  const take = (suggestion: Suggestion): void => {
    setText(suggestion.text);
    setCaret(suggestion.caret);
    setAt(-1);
    wanted.current = suggestion.caret;
    input.current?.focus();
  };
  const apply = (filter: string): void => {
    setIsOpen(false);
    setAt(-1);
    show({ filter: filter.trim() });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && (found.length > 0 || !isOpen)) {
      event.preventDefault();
      look();
      setAt(active + step < -1 ? found.length - 1 : (active + step) % Math.max(1, found.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const chosen = found[active];
      if (chosen) take(chosen);
      else apply(text);
    } else if (event.key === 'Tab' && found[active]) {
      event.preventDefault();
      take(found[active]);
    } else if (event.key === 'Escape') {
      if (isOpen && found.length > 0) setIsOpen(false);
      else input.current?.blur();
    }
  };
  const isWrong = codeOf(error) === 'FILTER_INVALID';
  return (
    <search class="filter">
      <div class="filter-line">
        <input
          ref={input}
          class="mono"
          role="combobox"
          aria-label={words.filter}
          aria-expanded={found.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={found[active] && `${id}-${active}`}
          aria-autocomplete="list"
          aria-invalid={isWrong}
          aria-describedby={isWrong ? `${id}-wrong` : undefined}
          placeholder={words.filterHint}
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setAt(-1);
            look();
          }}
          onFocus={look}
          onBlur={() => setIsOpen(false)}
          onClick={look}
          onKeyUp={() => input.current && setCaret(input.current.selectionStart ?? 0)}
          onKeyDown={onKeyDown}
        />
        <Suggestions {...{ id, found, active, take }} />
      </div>
      <Button onClick={() => apply(text)}>{words.search}</Button>
      {view.filter !== '' && <Button onClick={() => apply('')}>{words.clearFilter}</Button>}
      {isWrong && <Wrong id={`${id}-wrong`} filter={view.filter} error={error as Error} />}
    </search>
  );
}

function Suggestions(props: {
  readonly id: string;
  readonly found: readonly Suggestion[];
  readonly active: number;
  readonly take: (suggestion: Suggestion) => void;
}): JSX.Element {
  const { id, found, active, take } = props;
  const words = useWords().jobs;
  const { number } = useFormats();
  const says = ({ detail }: Suggestion): string => {
    if (detail === null) return '';
    return 'key' in detail ? words.keys[detail.key] : words.seen(number(detail.count));
  };
  return (
    <ul
      id={`${id}-list`}
      class="suggestions"
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a list of options is what it is
      role="listbox"
      aria-label={words.suggestions}
      hidden={found.length === 0}
    >
      {found.map((suggestion, i) => (
        // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the field, which names the option that is active
        <li
          key={suggestion.label}
          id={`${id}-${i}`}
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: an option of the list
          role="option"
          aria-selected={i === active}
          onMouseDown={(event) => {
            event.preventDefault();
            take(suggestion);
          }}
        >
          <span class="mono clip">{suggestion.label}</span>
          <span class="muted small">{says(suggestion)}</span>
        </li>
      ))}
    </ul>
  );
}

/** The server says `column 6: …`. */
function Wrong(props: {
  readonly id: string;
  readonly filter: string;
  readonly error: Error;
}): JSX.Element {
  const { id, filter, error } = props;
  const [, column, reason] = /^column (\d+): (.*)$/s.exec(error.message) ?? [];
  const at = Math.min(filter.length, Math.max(0, Number(column ?? 1) - 1));
  const end = Math.max(at + 1, at + /^\S*/.exec(filter.slice(at))![0].length);
  return (
    <div id={id} class="filter-wrong" role="alert">
      <code>
        {filter.slice(0, at)}
        <mark>{filter.slice(at, end) || ' '}</mark>
        {filter.slice(end)}
      </code>
      <span>{reason ?? error.message}</span>
    </div>
  );
}
