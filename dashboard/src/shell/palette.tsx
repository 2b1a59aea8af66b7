/**
 * The palette: type a part of a name, and go there or do it. Screens, queues, commands, and jobs by their id.
 */
import type { JSX } from 'preact';
import { useId, useMemo, useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { useLive } from '../live/use-live.ts';
import { Dialog } from '../ui/dialog.tsx';
import { useWords } from '../words/words.tsx';
import { useAllCommands } from './commands.tsx';
import { to } from './paths.ts';

interface Choice {
  readonly id: string;
  readonly label: string;
  readonly group: string;
  readonly key?: string | undefined;
  readonly run: () => void;
}

const MOST = 50;

/** The palette. */
export function Palette(props: {
  readonly onClose: () => void;
  /** Looks for a job by its id. */
  readonly onFind: (id: string) => void;
}): JSX.Element {
  const { onClose, onFind } = props;
  const words = useWords().shell;
  const listId = useId();
  const [, go] = useLocation();
  const [sought, setSought] = useState('');
  const [at, setAt] = useState(0);
  const rows = useLive((live) => live.rows);
  const commands = useAllCommands();
  const all = useMemo((): Choice[] => {
    const named = commands().filter(({ isForKeyOnly }) => !isForKeyOnly);
    return [
      ...named.map((command) => ({ ...command, group: words.groups[command.group] })),
      ...rows.map(({ queue }) => ({
        ...{ id: `queue:${queue}`, label: queue, group: words.groups.queues },
        run: () => go(to.queue(queue)),
      })),
    ];
  }, [rows, words]);
  const found = useMemo(() => {
    const text = sought.trim().toLowerCase();
    const matching = all.filter(({ label }) => label.toLowerCase().includes(text)).slice(0, MOST);
    const find: Choice = {
      ...{ id: 'find', label: words.searchJob(sought.trim()), group: words.groups.go },
      run: () => onFind(sought.trim()),
    };
    return text === '' ? matching : [...matching, find];
  }, [all, sought, words, onFind]);
  const chosen = Math.min(at, found.length - 1);
  const run = (choice: Choice | undefined): void => {
    if (!choice) return;
    onClose();
    choice.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt((chosen + step + found.length) % Math.max(1, found.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(found[chosen]);
    }
  };
  return (
    <Dialog title={words.commands} hidesTitle class="palette" onClose={onClose}>
      <input
        role="combobox"
        aria-label={words.search}
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={found[chosen] && `${listId}-${chosen}`}
        placeholder={words.search}
        autocomplete="off"
        spellcheck={false}
        value={sought}
        onInput={(event) => {
          setSought(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a list of options is what it is */}
      <ul id={listId} role="listbox" aria-label={words.commands}>
        {found.map((choice, i) => (
          // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the field, which names the option that is active
          // biome-ignore lint/a11y/useKeyWithClickEvents: Enter in the field does it
          <li
            key={choice.id}
            id={`${listId}-${i}`}
            // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: an option of the list
            role="option"
            aria-selected={i === chosen}
            onClick={() => run(choice)}
          >
            <span class="clip">{choice.label}</span>
            <span class="muted small">
              {choice.group} {choice.key && <kbd>{choice.key}</kbd>}
            </span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="empty">{words.searchNothing}</p>}
    </Dialog>
  );
}
