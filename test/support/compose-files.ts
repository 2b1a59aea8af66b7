/**
 * The Compose files of the kit, as Compose reads them: YAML with merge keys, variables filled in, files laid over each
 * other.
 *
 * Laying over follows the rules of Compose for what the kit uses: mappings are merged, lists of secrets are joined, and
 * any other value or list is replaced.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** What the tests look at in a service. */
export interface Service {
  readonly image: string;
  readonly command: readonly string[];
  readonly entrypoint: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
  readonly ports?: readonly string[];
  readonly secrets?: readonly string[];
  readonly networks: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
  readonly deploy: { readonly resources: { readonly limits: Readonly<Record<string, unknown>> } };
  readonly [key: string]: unknown;
}

/** What the tests look at in a file. */
export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly [key: string]: unknown;
}

/** Variables of `.env`. */
export type Variables = Readonly<Record<string, string>>;

/** All that the kit has: the file itself, then those that change it. */
export const COMPOSE_FILES: readonly string[] = [
  'docker-compose.yml',
  'docker-compose.valkey.yml',
  'docker-compose.tls.yml',
];

/** Text of a file of the kit. */
export function readKit(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../kit/${path}`, import.meta.url)), 'utf8');
}

/** A file as YAML says it, or nothing filled in. */
export function readCompose(name: string, variables?: Variables): ComposeFile {
  const file: unknown = parse(readKit(name), { merge: true });
  return (variables ? fillIn(file, variables) : file) as ComposeFile;
}

/** Files laid over each other, the later ones on top. */
export function layCompose(names: readonly string[], variables: Variables): ComposeFile {
  return names
    .map((name) => readCompose(name, variables))
    .reduce((a, b) => lay(a, b) as ComposeFile);
}

/** Fills in `${NAME}`, `${NAME:-default}` and `${NAME:?message}`; `$$` is a dollar sign. */
function fillIn(value: unknown, variables: Variables): unknown {
  if (Array.isArray(value)) return value.map((each) => fillIn(each, variables));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, fillIn(each, variables)]),
    );
  if (typeof value !== 'string') return value;
  return value.replace(
    /\$(?:\$|\{(\w+)(?::([-?])([^}]*))?\})/g,
    (_, name?: string, sign?: string, rest?: string) => {
      if (name === undefined) return '$';
      const given = variables[name] || undefined;
      if (given === undefined && sign === '?') throw new Error(`${name} ${rest}`);
      return given ?? rest ?? '';
    },
  );
}

function lay(below: unknown, above: unknown, name = ''): unknown {
  if (Array.isArray(below) && Array.isArray(above))
    return name === 'secrets' ? [...below, ...above] : above;
  if (isMapping(below) && isMapping(above)) {
    const merged: Record<string, unknown> = { ...below };
    for (const [key, value] of Object.entries(above))
      merged[key] = key in below ? lay(below[key], value, key) : value;
    return merged;
  }
  return above;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
