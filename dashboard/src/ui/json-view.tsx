/**
 * JSON as it is stored, digit by digit, in levels that fold. Names and values are the text that was stored: nothing is
 * parsed and written again.
 */
import './json-view.css';
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { Code } from './code.tsx';
import { type JsonItem, type JsonNode, jsonTree } from './json-tree.ts';

/** Levels of larger texts are shown as text: a page of so many elements is slow. */
const MOST_IN_LEVELS = 262_144;
/** Levels that are open at first, and how many items one may have for that. */
const OPEN_DEPTH = 3;
const OPEN_ITEMS = 50;
/** What is shorter is on one line. */
const SHORT_CHARACTERS = 56;

/** A box with the text. `isCut`: something is missing at its end. */
export function JsonView(props: {
  readonly label: string;
  readonly text: string;
  readonly isCut?: boolean;
}): JSX.Element {
  const { label, text, isCut = false } = props;
  const tree = useMemo(
    () => (text.length > MOST_IN_LEVELS ? null : jsonTree(text, isCut)),
    [text, isCut],
  );
  return (
    <Code label={label}>
      {tree ? <Value node={tree} depth={0} name={null} isLast={!isCut} /> : text}
      {isCut && !tree && '…'}
    </Code>
  );
}

interface ValueProps {
  readonly node: JsonNode;
  readonly depth: number;
  readonly name: string | null;
  readonly isLast: boolean;
}

function Value({ node, depth, name, isLast }: ValueProps): JSX.Element {
  const comma = isLast ? '' : ',';
  const before = name !== null && (
    <>
      <span class="json-name">{name}</span>
      {': '}
    </>
  );
  if (node.kind === 'literal' || isShort(node, depth))
    return (
      <div class="json-line">
        {before}
        <Inline node={node} />
        {comma}
      </div>
    );
  const [open, close] = node.kind === 'object' ? '{}' : '[]';
  return <Level {...{ node, depth, before, open: open!, close: close!, comma }} />;
}

/** What is on one line. */
function Inline({ node }: { readonly node: JsonNode }): JSX.Element {
  if (node.kind === 'literal')
    return (
      <span class="json-value" data-type={node.type}>
        {node.text}
      </span>
    );
  const [open, close] = node.kind === 'object' ? ['{ ', ' }'] : ['[', ']'];
  const { items } = node;
  if (items.length === 0) return <>{`${open}${close}`.replaceAll(' ', '')}</>;
  return (
    <>
      {open}
      {items.map(({ name, value }, i) => (
        <span key={i}>
          {i > 0 && ', '}
          {name !== null && (
            <>
              <span class="json-name">{name}</span>
              {': '}
            </>
          )}
          <Inline node={value} />
        </span>
      ))}
      {close}
    </>
  );
}

/** Whether it fits into a line: few literals, and not the outermost level, which people read line by line. */
function isShort(node: Exclude<JsonNode, { kind: 'literal' }>, depth: number): boolean {
  const { items, isCut } = node;
  if (isCut || (depth === 0 && items.length > 0) || items.length > SHORT_CHARACTERS) return false;
  let characters = 0;
  for (const { name, value } of items) {
    if (value.kind !== 'literal') return false;
    characters += (name?.length ?? 0) + value.text.length + 3;
  }
  return characters <= SHORT_CHARACTERS;
}

function Level(props: {
  readonly node: Exclude<JsonNode, { kind: 'literal' }>;
  readonly depth: number;
  readonly before: JSX.Element | false;
  readonly open: string;
  readonly close: string;
  readonly comma: string;
}): JSX.Element {
  const { node, depth, before, open, close, comma } = props;
  const { items, isCut } = node;
  const [isOpen, setIsOpen] = useState(
    depth === 0 || (depth < OPEN_DEPTH && items.length <= OPEN_ITEMS),
  );
  return (
    <details
      class="json-level"
      open={isOpen}
      onToggle={(event) => {
        event.stopPropagation();
        setIsOpen(event.currentTarget.open);
      }}
    >
      <summary>
        {before}
        {open}
        {!isOpen && (
          <span class="muted">
            {` ${items.length}${isCut ? '+' : ''} … `}
            {close}
            {comma}
          </span>
        )}
      </summary>
      {isOpen && (
        <>
          <div class="json-items">
            {items.map((item, i) => (
              <Item key={i} item={item} depth={depth} isLast={i === items.length - 1 && !isCut} />
            ))}
            {isCut && <div class="json-line muted">…</div>}
          </div>
          {!isCut && `${close}${comma}`}
        </>
      )}
    </details>
  );
}

function Item(props: {
  readonly item: JsonItem;
  readonly depth: number;
  readonly isLast: boolean;
}): JSX.Element {
  const { item, depth, isLast } = props;
  return <Value node={item.value} depth={depth + 1} name={item.name} isLast={isLast} />;
}
