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
  const words = useWords().deadLetters.export;
  const { number } = useFormats();
  const toast = useToast();
  return useCallback(
    async (selection) => {
      try {
        toast(words.begun, 'good');
        const lines = await client.call('deadLetters.export', selection);
        const name = selection.queue.replaceAll(/[^\w.-]+/g, '-');
        toast(words.done(number(await saveLines(`dead-letters-${name}.ndjson`, lines))), 'good');
      } catch (error) {
        toast((error as Error).message, 'bad');
      }
    },
    [client, words, number, toast],
  );
}
