/**
 * Changes data before it is replayed: one edits the data of an example, and what is different becomes a patch that is
 * applied to every one of them. Who knows JSON Patch writes it directly.
 */
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { parseExactly, stringifyExactly } from '../../../../src/base/exact-numbers.ts';
import { applyTo, type Patch, parsePatch } from '../../../../src/dead-letters/patch.ts';
import { messageOf } from '../../../../src/errors.ts';
import { useAsk } from '../../api/use-ask.ts';
import { indented } from '../../ui/json-text.ts';
import { Problem } from '../../ui/problem.tsx';
import { useWords } from '../../words/words.tsx';
import { changesOf, patchBetween } from './patch-of.ts';

/** Until the server is asked what comes of it. */
const SETTLES_MS = 400;

interface EditDataProps {
  readonly example: { readonly queue: string; readonly job: string };
  /** null: nothing is changed; undefined: what is typed cannot be used, or not yet. */
  readonly onPatch: (patch: Patch | null | undefined) => void;
}

/** The editor. */
export default function EditData({ example, onPatch }: EditDataProps): JSX.Element {
  const words = useWords().deadLetters.editing;
  const shell = useWords().shell;
  const { data: letter, error } = useAsk('deadLetters.get', example);
  // As it was at first: another death of the job would take what was typed away.
  const data = useRef<string | undefined>(undefined);
  data.current ??= letter?.originalJob?.data;
  if (data.current !== undefined)
    return <Editor {...{ job: example.job, data: data.current, onPatch }} />;
  if (letter) return <p class="muted">{words.unreadable}</p>;
  return error ? <Problem error={error} /> : <p class="muted">{shell.loading}</p>;
}

interface EditorProps {
  readonly job: string;
  readonly data: string;
  readonly onPatch: EditDataProps['onPatch'];
}

function Editor({ job, data, onPatch }: EditorProps): JSX.Element {
  const words = useWords().deadLetters.editing;
  const before = useMemo(() => indented(data), [data]);
  const [way, setWay] = useState<'example' | 'patch'>('example');
  const [text, setText] = useState(before);
  const read = useMemo(() => readPatch(way, text, data), [way, text, data]);
  useEffect(() => {
    if (read.patch === null) return onPatch(null);
    onPatch(undefined);
    const timer = setTimeout(() => onPatch(read.patch), SETTLES_MS);
    return () => clearTimeout(timer);
  }, [read]);
  const choose = (next: typeof way): void => {
    if (next === way) return;
    setWay(next);
    // What was changed so far goes on.
    if (next === 'patch') setText(read.patch ? indented(stringifyExactly(read.patch)!) : '');
    else {
      const patched = read.patch ? applyTo(read.patch, data) : null;
      setText(patched && 'data' in patched ? indented(patched.data) : before);
    }
  };
  return (
    <div class="stack dl-editing">
      <div class="row" role="radiogroup" aria-label={words.way}>
        {(['example', 'patch'] as const).map((each) => (
          <label key={each} class="row">
            <input type="radio" name="way" checked={way === each} onChange={() => choose(each)} />
            {words.ways[each](job)}
          </label>
        ))}
      </div>
      <label class="field">
        <span class="hint">{words.says[way]}</span>
        <textarea
          rows={Math.min(16, Math.max(5, text.split('\n').length + 1))}
          spellcheck={false}
          aria-label={words.fields[way]}
          aria-invalid={read.problem !== null}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        {read.problem !== null && <span class="wrong">{read.problem}</span>}
      </label>
      {read.patch && <Changes patch={read.patch} data={data} />}
      {read.patch === null && <p class="muted small">{words.same}</p>}
    </div>
  );
}

/** What it makes of the example. */
function Changes({ patch, data }: { readonly patch: Patch; readonly data: string }): JSX.Element {
  const words = useWords().deadLetters.editing;
  return (
    <div>
      <h3>{words.changes}</h3>
      <dl class="dl-changes mono">
        {changesOf(patch, data).map(({ path, before, after }) => (
          <>
            <dt>{path === '' ? words.whole : path}</dt>
            <dd>
              {before !== null && <del>{before}</del>} {after !== null && <ins>{after}</ins>}
            </dd>
          </>
        ))}
      </dl>
    </div>
  );
}

interface Read {
  /** null: nothing is changed; undefined: it cannot be used. */
  readonly patch: Patch | null | undefined;
  readonly problem: string | null;
}

function readPatch(way: 'example' | 'patch', text: string, data: string): Read {
  if (text.trim() === '' && way === 'patch') return { patch: null, problem: null };
  try {
    const patch = way === 'example' ? patchBetween(data, text) : (parseExactly(text) as Patch);
    if (way === 'example' && patch.length === 0) return { patch: null, problem: null };
    const checked = parsePatch(patch);
    const applied = applyTo(checked, data);
    return { patch: checked, problem: 'problem' in applied ? applied.problem : null };
  } catch (error) {
    return { patch: undefined, problem: messageOf(error) };
  }
}
