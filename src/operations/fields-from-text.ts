/**
 * Makes the fields of an action from texts, as the query of a URL and the options of a command have them. Pure.
 *
 * The JSON schema of the input says what each field is. Strict: what a person would not write as a number is none
 * (`1e3`, ` 5`, `0x10`, the empty text), so that a mistake is told and never becomes another value. Fields that the
 * schema does not have stay texts: the schema itself refuses them.
 */
import { InputError } from '../errors.ts';
import { toPointer } from './parse-input.ts';

/** The part of a JSON schema that is read. */
export interface FieldSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly items?: FieldSchema;
  readonly anyOf?: readonly FieldSchema[];
  readonly oneOf?: readonly FieldSchema[];
  readonly allOf?: readonly FieldSchema[];
}

/** A field's name and one of its texts. */
export type TextField = readonly [name: string, text: string];

/** The fields that `texts` say. Arrays are given by repeating the name. Throws INPUT_INVALID with the field. */
export function fieldsFromText(
  schema: FieldSchema,
  texts: Iterable<TextField>,
): Record<string, unknown> {
  const byName = new Map<string, string[]>();
  for (const [name, text] of texts) {
    const before = byName.get(name);
    if (before) before.push(text);
    else byName.set(name, [text]);
  }
  // `fromEntries` defines each field: one that is called `__proto__` is a field like any other.
  return Object.fromEntries(
    [...byName].map(([name, all]) => [name, fieldOf(name, all, propertyOf(schema, name))]),
  );
}

function propertyOf({ properties }: FieldSchema, name: string): FieldSchema | undefined {
  return properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

function fieldOf(name: string, texts: readonly string[], schema?: FieldSchema): unknown {
  const types = schema ? typesOf(schema) : ['string'];
  if (types.includes('array')) return texts.map((text) => readText(name, text, itemsOf(schema)));
  if (texts.length > 1) throw new InputError(toPointer([name]), 'is given more than once');
  return readText(name, texts[0]!, types);
}

function readText(name: string, text: string, types: readonly string[]): unknown {
  if (types.includes('string')) return text;
  if (types.includes('null') && text === 'null') return null;
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  if (types.includes('integer') || types.includes('number')) {
    const number = parseNumber(text);
    if (number !== undefined) return number;
  }
  if (types.includes('object') || types.length === 0) return parseJson(name, text);
  throw new InputError(toPointer([name]), `must be ${inWords(types)}`);
}

/** A number as people write it; undefined when it is none, or when it would not stay exact. */
function parseNumber(text: string): number | undefined {
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text)) return undefined;
  const number = Number(text);
  return Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : undefined;
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError(toPointer([name]), 'must be JSON, such as {"to":"ann"} or "text"');
  }
}

function typesOf(schema: FieldSchema): readonly string[] {
  const { type, anyOf = [], oneOf = [], allOf = [] } = schema;
  const own = type === undefined ? [] : typeof type === 'string' ? [type] : type;
  return [...new Set([...own, ...[...anyOf, ...oneOf, ...allOf].flatMap(typesOf)])];
}

function itemsOf(schema: FieldSchema | undefined): readonly string[] {
  const every = [schema, ...(schema?.anyOf ?? []), ...(schema?.oneOf ?? [])];
  const items = every.find((each) => each?.items)?.items;
  return items ? typesOf(items) : ['string'];
}

const WORDS: Readonly<Record<string, string>> = {
  integer: 'a whole number such as 10',
  number: 'a number such as 10 or 0.5',
  boolean: '`true` or `false`',
  null: '`null`',
};

function inWords(types: readonly string[]): string {
  return types.map((type) => WORDS[type] ?? type).join(' or ');
}
