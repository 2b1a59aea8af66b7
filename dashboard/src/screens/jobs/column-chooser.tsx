/**
 * Chooses which columns are shown. The choice is kept in the address.
 */
import type { JSX } from 'preact';
import { Button } from '../../ui/button.tsx';
import { Menu } from '../../ui/menu.tsx';
import { useWords } from '../../words/words.tsx';
import { CHOOSABLE, columnsOf } from './columns.tsx';
import type { JobsViewing } from './view-state.ts';

/** A menu of columns. */
export function ColumnChooser({ view, show }: JobsViewing): JSX.Element {
  const words = useWords().jobs;
  const shown = columnsOf(view.state, view.columns);
  const toggle = (id: string): void => {
    const isShown = shown.some((each) => each === id);
    const columns = isShown ? shown.filter((each) => each !== id) : [...shown, id];
    // Without any the address would not say that there is a choice.
    show({ columns: columns.length > 0 ? columns : ['id'] });
  };
  return (
    <Menu label={words.columnsMenu}>
      <fieldset class="choices">
        <legend class="hidden-visually">{words.columnsMenu}</legend>
        {CHOOSABLE.map((id) => (
          <label key={id}>
            <input type="checkbox" checked={shown.includes(id)} onChange={() => toggle(id)} />
            {words.columns[id]}
          </label>
        ))}
      </fieldset>
      <Button size="small" disabled={!view.columns} onClick={() => show({ columns: null })}>
        {words.usualColumns}
      </Button>
    </Menu>
  );
}
