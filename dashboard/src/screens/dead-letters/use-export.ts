/**
 * Saves dead letters as a file of JSON lines, as far as a browser can hold them.
 */
import { useCallback } from 'preact/hooks';
import type { LetterSelection } from '../../../../src/operations/views.ts';
import { useApi } from '../../api/api.tsx';
import { useToast } from '../../shell/toasts.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

/** A page that holds more becomes slow; the command line has no such bound. */
const MOST_CHARACTERS = 100_000_000;

/** Fetches them and has the browser save them. */
export function useExport(): (selection: LetterSelection) => Promise<void> {
  const { client } = useApi();
  const words = useWords().deadLetters.export;
  const { number } = useFormats();
  const toast = useToast();
  return useCallback(
    async (selection) => {
      try {
        toast(words.begun, 'good');
        const { lines, isCut } = await take(await client.call('deadLetters.export', selection));
        save(lines, `dead-letters-${selection.queue.replaceAll(/[^\w.-]+/g, '-')}.ndjson`);
        toast((isCut ? words.cut : words.done)(number(lines.length)), isCut ? 'bad' : 'good');
      } catch (error) {
        toast((error as Error).message, 'bad');
      }
    },
    [client, words, number, toast],
  );
}

async function take(all: AsyncIterable<string>): Promise<{ lines: string[]; isCut: boolean }> {
  const lines: string[] = [];
  let characters = 0;
  for await (const line of all) {
    if (characters + line.length > MOST_CHARACTERS) return { lines, isCut: true };
    characters += line.length;
    lines.push(line.endsWith('\n') ? line : `${line}\n`);
  }
  return { lines, isCut: false };
}

function save(lines: readonly string[], name: string): void {
  const url = URL.createObjectURL(new Blob([...lines], { type: 'application/x-ndjson' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it a moment later.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
