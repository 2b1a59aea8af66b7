/**
 * The audit: who did what, when, to what, and how it ended; newest first, a page at a time.
 */
import { useInfiniteQuery } from '@tanstack/preact-query';
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { useSearchParams } from 'wouter-preact';
import type { AuditEntry, AuditQuery } from '../../../../src/operations/views.ts';
import { useApi } from '../../api/api.tsx';
import { useToast } from '../../shell/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Problem } from '../../ui/problem.tsx';
import { saveLines } from '../../ui/save-file.ts';
import { Screen } from '../../ui/screen.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { auditColumns } from './audit-columns.tsx';
import { EntryDialog } from './entry-dialog.tsx';
import { Verification } from './verification.tsx';

const PAGE = 100;
const FIELDS = ['action', 'actor', 'queue', 'after', 'before'] as const;
const keyOf = ({ n }: AuditEntry): string => String(n);

/** The screen. */
export default function Audit(): JSX.Element {
  const { audit: words, shell } = useWords();
  const formats = useFormats();
  const { client } = useApi();
  const toast = useToast();
  const [params, setParams] = useSearchParams();
  const [opened, setOpened] = useState<AuditEntry | null>(null);
  const address = params.toString();
  const query = useMemo((): AuditQuery => {
    const given = FIELDS.flatMap((name) => {
      const value = params.get(name);
      return value ? [[name, value]] : [];
    });
    return Object.fromEntries(given) as AuditQuery;
  }, [address]);
  const pages = useInfiniteQuery({
    queryKey: ['audit.list', query],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }: { pageParam: string | null; signal: AbortSignal }) =>
      client.call(
        'audit.list',
        { ...query, limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) },
        { signal },
      ),
    getNextPageParam: (last) => last.next,
  });
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.rows) ?? [], [pages.data]);
  const columns = useMemo(() => auditColumns(words, formats), [words, formats]);
  const more = (): void => {
    if (!pages.isFetching) void pages.fetchNextPage();
  };
  const save = async (): Promise<void> => {
    try {
      const lines = await client.call('audit.export', query);
      const saved = await saveLines('audit.ndjson', lines, shell.tooMuch);
      toast(words.saved(formats.number(saved)), 'good');
    } catch (error) {
      toast((error as Error).message, 'bad');
    }
  };
  return (
    <Screen
      title={words.title}
      actions={<Button onClick={() => void save()}>{words.save}</Button>}
      isReady={pages.data !== undefined}
      error={pages.error}
      onRetry={() => void pages.refetch()}
    >
      <div class="stack">
        <Verification />
        <search>
          <form
            class="row"
            key={address}
            onSubmit={(event) => {
              event.preventDefault();
              const given = [...new FormData(event.currentTarget)].filter(([, value]) => value);
              setParams(new URLSearchParams(given as [string, string][]));
            }}
          >
            {FIELDS.map((name) => (
              <label key={name} class="field">
                {words.fields[name]}
                <input
                  name={name}
                  defaultValue={params.get(name) ?? ''}
                  placeholder={words.examples[name]}
                  size={14}
                />
              </label>
            ))}
            <Button type="submit">{words.find}</Button>
          </form>
        </search>
        <DataTable
          caption={words.title}
          {...{ columns, rows, keyOf }}
          onOpen={setOpened}
          // Whoever looks tries again, not the end of the page.
          {...(pages.hasNextPage && !pages.isFetchNextPageError && { onEnd: more })}
          empty={address === '' ? words.nothingYet : words.noneMatch}
        />
        {pages.isFetchNextPageError && <Problem error={pages.error} onRetry={more} />}
      </div>
      {opened && <EntryDialog entry={opened} onClose={() => setOpened(null)} />}
    </Screen>
  );
}
