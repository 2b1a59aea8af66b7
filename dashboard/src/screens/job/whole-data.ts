/**
 * All of the data of a job, for whoever writes it again: the preview of a page is cut.
 */
import type { JobView } from '../../../../src/operations/views.ts';
import { useAsk } from '../../api/use-ask.ts';
import { indented } from '../../ui/json-text.ts';

interface WholeData {
  /** Indented; undefined until it is there. */
  readonly text: string | undefined;
  readonly error: unknown;
}

/** Asked for only when it is cut. `enabled`: whether it is needed. */
export function useWholeData(job: JobView, enabled: boolean): WholeData {
  const { queue, id, data, isDataCut } = job;
  const { data: whole, error } = useAsk(
    'jobs.get',
    { queue, job: id, full: true },
    { enabled: enabled && isDataCut },
  );
  const text = isDataCut ? whole?.data : data;
  return { text: text == null ? undefined : indented(text), error };
}
