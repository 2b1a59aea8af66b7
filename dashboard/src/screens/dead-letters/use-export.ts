/**
 * Saves dead letters as a file of JSON lines.
 */
import { useCallback } from 'preact/hooks';
import type { LetterSelection } from '../../../../src/operations/views.ts';
import { useApi } from '../../api/api.tsx';
import { useToast } from '../../shell/toasts.tsx';
import { saveLines } from '../../ui/save-file.ts';
import { useFormats, useWords } from '../../words/words.tsx';

/** Fetches them and has the browser save them. */
export function useExport(): (selection: LetterSelection) => Promise<void> {
  const { client } = useApi();
  const { deadLetters, shell } = useWords();
  const words = deadLetters.export;
  const { number } = useFormats();
  const toast = useToast();
  return useCallback(
    async (selection) => {
      try {
        toast(words.begun, 'good');
        const lines = await client.call('deadLetters.export', selection);
        const name = `dead-letters-${selection.queue.replaceAll(/[^\w.-]+/g, '-')}.ndjson`;
        const saved = await saveLines(name, lines, shell.tooMuch);
        toast(words.done(number(saved)), 'good');
      } catch (error) {
        toast((error as Error).message, 'bad');
      }
    },
    [client, words, shell, number, toast],
  );
}
