/**
 * Saved searches: save the present one, go to another, forget one.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { useCommands } from '../../shell/commands.tsx';
import { to } from '../../shell/paths.ts';
import { Button } from '../../ui/button.tsx';
import { Menu } from '../../ui/menu.tsx';
import { useWords } from '../../words/words.tsx';
import { type SavedView, useSavedViews } from './saved-views.ts';

/** A menu of views. */
export function ViewsMenu(props: { readonly queue: string; readonly search: string }): JSX.Element {
  const { queue, search } = props;
  const words = useWords().jobs;
  const [, go] = useLocation();
  const { views, save, remove } = useSavedViews();
  const [name, setName] = useState('');
  useCommands(
    views.map((view) => ({
      ...({ id: `view.${view.queue}.${view.name}`, group: 'go' } as const),
      label: words.showView(view.name, view.queue),
      run: () => go(hrefOf(view)),
    })),
  );
  return (
    <Menu label={words.views}>
      {views.length === 0 && <p class="muted small">{words.noViews}</p>}
      {views.length > 0 && (
        <ul class="views">
          {views.map((view) => (
            <li key={hrefOf(view) + view.name}>
              <Link href={hrefOf(view)}>{view.name}</Link>
              {view.queue !== queue && <span class="muted small clip">{view.queue}</span>}
              <Button
                size="small"
                tone="plain"
                label={words.forgetView(view.name)}
                onClick={() => remove(view)}
              >
                ×
              </Button>
            </li>
          ))}
        </ul>
      )}
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() === '') return;
          save({ name: name.trim(), queue, search });
          setName('');
        }}
      >
        <input
          aria-label={words.viewName}
          placeholder={words.viewName}
          value={name}
          maxLength={80}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" disabled={name.trim() === ''}>
          {words.saveView}
        </Button>
      </form>
      <p class="muted small">{words.viewsKept}</p>
    </Menu>
  );
}

function hrefOf({ queue, search }: SavedView): string {
  return `${to.jobs(queue)}${search && `?${search}`}`;
}
