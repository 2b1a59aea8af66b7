/**
 * The keys that work on this screen.
 */
import type { JSX } from 'preact';
import { Dialog } from '../ui/dialog.tsx';
import { useWords } from '../words/words.tsx';
import { type Command, useAllCommands } from './commands.tsx';

const GROUPS = ['go', 'acts', 'rows', 'general'] as const;

/** A sheet of keys. */
export function KeysSheet(props: { readonly onClose: () => void }): JSX.Element {
  const words = useWords().shell;
  const all = useAllCommands()().filter((command) => command.key !== undefined);
  return (
    <Dialog title={words.keys} onClose={props.onClose}>
      {GROUPS.map((group) => {
        const commands = all.filter((command) => command.group === group);
        if (commands.length === 0) return null;
        return (
          <section key={group}>
            <h3>{words.groups[group]}</h3>
            <dl class="pairs">
              {commands.map((command) => (
                <KeyRow key={command.id} command={command} />
              ))}
            </dl>
          </section>
        );
      })}
    </Dialog>
  );
}

function KeyRow({ command }: { readonly command: Command }): JSX.Element {
  const shown = command.key!.split('+').map((part) => (part === 'mod' ? modKey() : part));
  return (
    <>
      <dt>
        {shown.map((part) => (
          <kbd key={part}>{part.length === 1 && shown.length > 1 ? part.toUpperCase() : part}</kbd>
        ))}
      </dt>
      <dd>{command.label}</dd>
    </>
  );
}

function modKey(): string {
  return /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';
}
