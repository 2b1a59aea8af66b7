/**
 * The filter of dead letters, in the grammar of the command line. What cannot be read is pointed at before anybody is
 * asked.
 */
import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { parseFilter } from '../../../../src/dead-letters/filter.ts';
import { FilterError } from '../../../../src/errors.ts';
import { codeOf } from '../../api/failure.ts';
import { useCommands } from '../../shell/commands.tsx';
import { Button } from '../../ui/button.tsx';
import { useWords } from '../../words/words.tsx';

/** A field; Enter filters. */
export function LetterFilter(props: {
  readonly filter: string;
  /** What the server said of it. */
  readonly error: unknown;
  readonly onFilter: (text: string) => void;
}): JSX.Element {
  const { filter, error, onFilter } = props;
  const words = useWords().deadLetters.filter;
  const general = useWords().shell.general;
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const [text, setText] = useState(filter);
  const [wrong, setWrong] = useState<string | null>(null);
  useEffect(() => setText(filter), [filter]);
  useCommands([
    {
      ...({ id: 'filter', label: general.search, group: 'general', key: '/' } as const),
      run: () => field.current?.focus(),
    },
  ]);
  const submit = (): void => {
    const found = errorIn(text);
    setWrong(found?.message ?? null);
    if (found) field.current?.setSelectionRange(found.position - 1, text.length);
    else onFilter(text.trim());
  };
  const said = wrong ?? (codeOf(error) === 'FILTER_INVALID' ? (error as Error).message : null);
  return (
    <form
      class="dl-filter"
      aria-label={words.label}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div class="field">
        <input
          ref={field}
          class="mono"
          aria-label={words.label}
          aria-describedby={said ? id : undefined}
          aria-invalid={said !== null}
          placeholder={words.example}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setWrong(null);
          }}
        />
        {said && (
          <span class="wrong" id={id} role="alert">
            {said}
          </span>
        )}
      </div>
      <Button type="submit">{words.does}</Button>
      {filter !== '' && (
        <Button tone="plain" onClick={() => onFilter('')}>
          {words.clear}
        </Button>
      )}
    </form>
  );
}

function errorIn(text: string): FilterError | null {
  try {
    parseFilter(text, Date.now());
    return null;
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
}
