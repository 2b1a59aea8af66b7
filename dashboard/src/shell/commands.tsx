/**
 * Everything that can be done on the page by a key or by its name: the palette and the sheet of keys show the same.
 *
 * A single letter works anywhere but in a field and in a dialog. Uppercase letters change something: the Shift key says
 * that it is meant. What destroys something asks first.
 */
import { type ComponentChildren, createContext, type JSX } from 'preact';
import { useContext, useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';

/** Something that can be done. */
export interface Command {
  readonly id: string;
  readonly label: string;
  readonly group: 'go' | 'acts' | 'rows' | 'general';
  /** As `KeyboardEvent.key` has it; `mod+k` for Ctrl or Command. */
  readonly key?: string;
  /** Whether the palette leaves it out: moving from row to row makes no sense there. @default false */
  readonly isForKeyOnly?: boolean;
  /** Whether it is done again and again while its key is held down: for what only moves. @default false */
  readonly isRepeated?: boolean;
  readonly run: () => void;
}

interface Registry {
  readonly commands: Set<{ readonly current: readonly Command[] }>;
}

const Commands = createContext<Registry>({ commands: new Set() });

/** Listens to the keyboard for all that is below. */
export function CommandsProvider(props: { readonly children: ComponentChildren }): JSX.Element {
  const registry = useMemo((): Registry => ({ commands: new Set() }), []);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const pressed = keyOf(event);
      const isModified = pressed.startsWith('mod+');
      if (!isModified && (isTyping(event.target) || document.querySelector('dialog[open]'))) return;
      const command = allOf(registry).findLast(({ key }) => key === pressed);
      if (!command) return;
      event.preventDefault();
      if (!event.repeat || command.isRepeated) command.run();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [registry]);
  return <Commands.Provider value={registry}>{props.children}</Commands.Provider>;
}

/** Offers commands as long as the component is there. Later ones win where keys are the same. */
export function useCommands(commands: readonly Command[]): void {
  const { commands: all } = useContext(Commands);
  const own = useRef(commands);
  own.current = commands;
  // Before the next key can come.
  useLayoutEffect(() => {
    all.add(own);
    return () => {
      all.delete(own);
    };
  }, [all]);
}

/** What can be done now; a function, since it is asked for when it is needed. */
export function useAllCommands(): () => readonly Command[] {
  const registry = useContext(Commands);
  return () => allOf(registry);
}

function allOf({ commands }: Registry): Command[] {
  return [...commands].flatMap(({ current }) => current);
}

function keyOf({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): string {
  if (altKey) return '';
  return ctrlKey || metaKey ? `mod+${key.toLowerCase()}` : key;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches('textarea, select')) return true;
  return (
    target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type)
  );
}
