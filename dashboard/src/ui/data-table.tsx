/**
 * A table of any length: a real `<table>`, of which only the rows in sight are there.
 *
 * Rows have one height. j and k move from row to row, o opens, x selects, a click with Shift extends a selection.
 * Nothing moves under the pointer: whoever gives the rows decides when new ones come.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { type Command, useCommands } from '../shell/commands.tsx';
import { useWords } from '../words/words.tsx';
import { moveRow, useRowCursor } from './row-cursor.ts';
import type { Selection } from './selection.ts';
import { useVirtualRows } from './virtual-rows.ts';

/** A column. */
export interface Column<Row> {
  readonly id: string;
  readonly head: string;
  /** What stands in it. */
  readonly cell: (row: Row) => ComponentChildren;
  readonly isNumber?: boolean;
  /** Left out on a phone. */
  readonly isWideOnly?: boolean;
  /** CSS width; the first column without one takes what is left. */
  readonly width?: string;
  /** Makes the head a button. */
  readonly isSortable?: boolean;
}

/** How rows are sorted. */
export interface Sorting {
  readonly column: string;
  readonly isDescending: boolean;
}

interface DataTableProps<Row> {
  /** For those who do not see it. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Name of a row, for those who do not see it. @default its key */
  readonly nameOf?: (row: Row) => string;
  readonly sorting?: Sorting;
  readonly onSort?: (sorting: Sorting) => void;
  readonly selection?: Selection | undefined;
  readonly onOpen?: (row: Row) => void;
  /** Called when the last rows come into sight. */
  readonly onEnd?: () => void;
  /** Of all rows, when more are to come. @default rows.length */
  readonly total?: number;
  readonly empty?: ComponentChildren;
}

/** Height of a row in px; the same as `--row`. */
const ROW_PX = 40;

/** A table. */
export function DataTable<Row>(props: DataTableProps<Row>): JSX.Element {
  const { columns, rows, keyOf, nameOf = keyOf, selection, onOpen, sorting, onSort } = props;
  const words = useWords().shell;
  const box = useRef<HTMLDivElement>(null);
  const { first, last, before, after, scrollTo } = useVirtualRows({
    ...{ box, count: rows.length, rowPx: ROW_PX },
    ...(props.onEnd && { onEnd: props.onEnd }),
  });
  const keys = useMemo(() => rows.map(keyOf), [rows, keyOf]);
  const { at, set: setCurrent } = useRowCursor({ box, keys, scrollTo });
  const isOn = at >= 0;
  const command = (name: keyof typeof words.rows, key: string, run: () => void): Command => ({
    ...{ id: `row.${name}`, label: words.rows[name], group: 'rows', key, isForKeyOnly: true, run },
    isRepeated: name === 'next' || name === 'back',
  });
  useCommands([
    command('next', 'j', () => moveRow(1)),
    command('back', 'k', () => moveRow(-1)),
    ...(isOn && onOpen ? [command('open', 'o', () => onOpen(rows[at]!))] : []),
    ...(isOn && selection
      ? [command('select', 'x', () => selection.toggle(keys[at]!, keys, false))]
      : []),
  ]);
  const head = (column: Column<Row>): JSX.Element => {
    const isSorted = sorting?.column === column.id;
    return (
      <th
        key={column.id}
        scope="col"
        class={classOf(column)}
        style={column.width ? { width: column.width } : undefined}
        aria-sort={isSorted ? (sorting.isDescending ? 'descending' : 'ascending') : undefined}
      >
        {column.isSortable && onSort ? (
          <button
            type="button"
            title={words.sortBy(column.head)}
            onClick={() =>
              onSort({ column: column.id, isDescending: isSorted ? !sorting.isDescending : true })
            }
          >
            {column.head}
            {isSorted && <span aria-hidden="true">{sorting.isDescending ? '↓' : '↑'}</span>}
          </button>
        ) : (
          column.head
        )}
      </th>
    );
  };
  if (rows.length === 0) return <div class="card empty">{props.empty ?? words.nothing}</div>;
  const isAll = selection !== undefined && keys.every((key) => selection.has(key));
  return (
    <div class="table-scroll" ref={box}>
      <table class="table" data-fixed="true" aria-rowcount={(props.total ?? rows.length) + 1}>
        <caption class="hidden-visually">{props.caption}</caption>
        <thead>
          <tr aria-rowindex={1}>
            {selection && (
              <th scope="col" style={{ width: '40px' }}>
                <input
                  type="checkbox"
                  aria-label={words.selectAll}
                  checked={isAll}
                  onChange={() => (isAll ? selection.clear() : selection.add(keys))}
                />
              </th>
            )}
            {columns.map(head)}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Spacer px={before} />}
          {rows.slice(first, last).map((row, i) => (
            <TableRow
              key={keys[first + i]}
              id={keys[first + i]!}
              index={first + i}
              isCurrent={first + i === at}
              isSelected={selection?.has(keys[first + i]!) ?? false}
              {...{ row, columns, selection, keys, onOpen, nameOf, setCurrent }}
              selectWords={words.selectRow}
            />
          ))}
          {after > 0 && <Spacer px={after} />}
        </tbody>
      </table>
    </div>
  );
}

interface TableRowProps<Row> {
  readonly row: Row;
  readonly id: string;
  readonly index: number;
  readonly columns: readonly Column<Row>[];
  readonly keys: readonly string[];
  readonly isCurrent: boolean;
  readonly isSelected: boolean;
  readonly selection: Selection | undefined;
  readonly onOpen: ((row: Row) => void) | undefined;
  readonly nameOf: (row: Row) => string;
  readonly setCurrent: (key: string) => void;
  readonly selectWords: (name: string) => string;
}

function TableRow<Row>(props: TableRowProps<Row>): JSX.Element {
  const { row, id, index, columns, isCurrent, isSelected, selection, onOpen } = props;
  const latest = useRef(props);
  latest.current = props;
  // The same element as before is not looked at again: only rows that changed are drawn.
  return useMemo(
    () => (
      <tr
        aria-rowindex={index + 2}
        aria-selected={selection ? isSelected : undefined}
        data-current={isCurrent}
        onClick={(event) => {
          latest.current.setCurrent(id);
          if (onOpen && !isControl(event.target)) latest.current.onOpen?.(latest.current.row);
        }}
        style={onOpen ? { cursor: 'pointer' } : undefined}
      >
        {selection && (
          <td>
            <input
              type="checkbox"
              aria-label={props.selectWords(props.nameOf(row))}
              checked={isSelected}
              onClick={(event) => {
                const { selection: own, keys } = latest.current;
                own?.toggle(id, keys, event.shiftKey);
              }}
            />
          </td>
        )}
        {columns.map((column) => (
          <td key={column.id} class={classOf(column)}>
            {column.cell(row)}
          </td>
        ))}
      </tr>
    ),
    [row, id, index, columns, isCurrent, isSelected, Boolean(selection), Boolean(onOpen)],
  );
}

function Spacer({ px }: { readonly px: number }): JSX.Element {
  return (
    <tr class="spacer">
      <td style={{ height: `${px}px` }} />
    </tr>
  );
}

/** Links and buttons in a row do what they do. */
function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('a, button, input, label, summary') !== null;
}

function classOf<Row>({ isNumber, isWideOnly }: Column<Row>): string | undefined {
  const names = [isNumber && 'number', isWideOnly && 'wide-only'].filter(Boolean);
  return names.length > 0 ? names.join(' ') : undefined;
}
