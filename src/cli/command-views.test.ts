/**
 * What commands show is what their actions answer: a column that names no field would be a dash for ever.
 */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { HANDLERS } from '../operations/handlers.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './command-table.ts';

/** As much of a JSON schema as is read here. */
interface Shape {
  readonly anyOf?: readonly Shape[];
  readonly allOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | boolean;
  readonly items?: Shape;
}

/** What may stand at a part of a path; none: no such field. */
function inside(shape: Shape, part: string): Shape[] {
  const variants = [...(shape.anyOf ?? []), ...(shape.allOf ?? [])];
  if (variants.length > 0) return variants.flatMap((each) => inside(each, part));
  const { properties, additionalProperties } = shape;
  if (properties && Object.hasOwn(properties, part)) return [properties[part]!];
  return typeof additionalProperties === 'object' ? [additionalProperties] : [];
}

const at = (shapes: Shape[], path: string): Shape[] =>
  path.split('.').reduce((found, part) => found.flatMap((each) => inside(each, part)), shapes);
const itemsOf = (shapes: Shape[]): Shape[] =>
  shapes.flatMap(({ items, anyOf = [] }) => [...(items ? [items] : []), ...itemsOf([...anyOf])]);

/** Paths of a view that the answer never has. */
function missingIn({ action, view, endsBy }: Command): string[] {
  const answer = z.toJSONSchema(HANDLERS[action!].output, { unrepresentable: 'any' }) as Shape;
  const lacks = (shapes: Shape[], paths: readonly string[]): string[] =>
    paths.filter((path) => at(shapes, path).length === 0);
  const ends = endsBy ? lacks([answer], [endsBy.field]) : [];
  if (view?.kind === 'record')
    return [...ends, ...lacks([answer], Object.keys(view.formats ?? {}))];
  if (view?.kind === 'field') return [...ends, ...lacks([answer], [view.field])];
  if (view?.kind !== 'table') return ends;
  const rows = itemsOf(view.rows ? at([answer], view.rows) : [answer]);
  const paths = view.columns.map(([, path]) => path);
  return [...ends, ...lacks(rows, view.source ? [...paths, view.source] : paths)];
}

test('every column, format and exit code is of a field that the answer has', () => {
  const missing = COMMANDS.filter(({ action, program }) => action && program !== 'top')
    .map((command) => [command.path.join(' '), missingIn(command)] as const)
    .filter(([, paths]) => paths.length > 0);
  expect(missing).toEqual([]);
});
