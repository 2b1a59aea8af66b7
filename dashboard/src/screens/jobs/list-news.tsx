/**
 * What has changed since the list was shown. It waits until somebody wants it: rows do not jump.
 */
import type { JSX } from 'preact';
import { useCommands } from '../../shell/commands.tsx';
import { Button } from '../../ui/button.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import type { JobList } from './use-job-list.ts';

/** A button, when there is something. */
export function ListNews({ list }: { readonly list: JobList }): JSX.Element | null {
  const { shown, isLoading, renew } = list;
  const words = useWords().jobs;
  const { number } = useFormats();
  const fresh = shown?.fresh ?? 0;
  const left = shown?.rows.filter(({ hasLeft }) => hasLeft).length ?? 0;
  const isChanged = fresh > 0 || left > 0;
  useCommands(
    isChanged
      ? [{ id: 'jobs.new', label: words.showNew, group: 'general', key: 'n', run: renew }]
      : [],
  );
  if (!isChanged) return null;
  return (
    <span class="news">
      <Button
        size="small"
        tone="primary"
        disabled={isLoading}
        hint={`${words.showNew} (n)`}
        onClick={renew}
      >
        {words.news(fresh, number(fresh), left, number(left))}
      </Button>
    </span>
  );
}
