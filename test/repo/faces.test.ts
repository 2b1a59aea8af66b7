/** Faces reach what operators may do by the gate only: nothing of it can be had without permission and audit. */
import { describe, expect, it } from 'vitest';
import { findings, readSources } from './sources.ts';

const FACES = ['http/', 'client/', 'dashboard/', 'cli/', 'nestjs/', 'bin/'];

const sources = readSources();
const faces = sources.filter(({ path }) => FACES.some((face) => path.startsWith(face)));
/** The operations of a coordinator by name; not a part of a path. */
const OPERATIONS = /(?<![\w/'"`-])operations\b(?![\w/-])/;
const HANDLERS = /^operations\/(?:.*\/)?(?:[\w-]+-)?handlers\.ts$/;

describe('faces', () => {
  it('there are some', () => {
    expect(faces.map(({ path }) => path)).toContain('http/http.ts');
  });

  it('never touch the operations of a coordinator', () => {
    expect(findings(faces, OPERATIONS)).toEqual([]);
  });

  it('import no operations and no handlers, but for the schemas', () => {
    const wrong = faces.flatMap(({ path, imports }) =>
      imports
        .filter(({ from, isType }) => {
          if (isType) return false;
          if (/-operations\.ts$/.test(from)) return true;
          return (
            HANDLERS.test(from) && !(path.startsWith('http/') && from === 'operations/handlers.ts')
          );
        })
        .map(({ from, line }) => `src/${path}:${line} imports ${from}`),
    );
    expect(wrong).toEqual([]);
  });

  it('whoever reads the schemas of handlers never runs one', () => {
    const readers = sources.filter(
      ({ path, imports }) =>
        path !== 'operations/control-surface.ts' &&
        imports.some(({ from, isType }) => from === 'operations/handlers.ts' && !isType),
    );
    expect(
      findings(readers, /\.\s*run\b|\[\s*['"`]run['"`]\s*\]|\{[^{}]*\brun\b[^{}]*\}\s*=/),
    ).toEqual([]);
  });

  it('access/ knows no face', () => {
    const wrong = sources
      .filter(({ path }) => path.startsWith('access/'))
      .flatMap(({ imports }) =>
        imports.filter(({ from }) => /^(?:http|cli)\//.test(from) || from === 'hono'),
      );
    expect(wrong).toEqual([]);
  });
});

describe('the rule finds', () => {
  const file = (code: string) => [{ path: 'http/x.ts', text: code, code, imports: [] }];
  it.each([
    'await coordinator.operations.queues.pause(label)',
    'answer({ operations }) {',
    'const { operations: all } = coordinator;',
    'const done = operations?.jobs;',
  ])('%s', (code) => expect(findings(file(code), OPERATIONS)).toHaveLength(1));

  it.each([
    "import type { QueueView } from '../operations/views.ts';",
    'const views = myOperations;',
  ])('nothing in %s', (code) => expect(findings(file(code), OPERATIONS)).toEqual([]));
});
