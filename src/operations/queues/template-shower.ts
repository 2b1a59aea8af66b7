/**
 * Shows schedulers: their schedule in words, and the data of their jobs to whoever may see it.
 *
 * Without the right to read data its secret fields are hidden, and of encrypted data only that it is. Large data is not
 * shown in a list.
 */
import type { Sight } from '../../dead-letters/letter-shower.ts';
import { messageOf } from '../../errors.ts';
import type { RedactionPaths } from '../../payloads/redaction-path.ts';
import { readStoredHead } from '../../payloads/stored-head.ts';
import type { OperatorSources } from '../operator-sources.ts';
import type { SchedulerRow, SchedulerView } from './queue-views.ts';
import { inWords } from './schedule.ts';
import type { StoredScheduler } from './stored-schedulers.ts';

type Sources = Pick<OperatorSources, 'hub' | 'gate' | 'redactor' | 'payloads'>;

/** Data larger than this is not shown. */
const LONGEST_DATA = 64 * 1_024;

/** Fields of a stored scheduler that a row is made of. */
export const SHOWN_FIELDS = ['name', 'pattern', 'every', 'tz', 'endDate', 'ic', 'limit'] as const;
/** One of them. */
export type ShownField = (typeof SHOWN_FIELDS)[number];

/** A row of a list, without the data. */
export function toRow(
  queue: string,
  { id, nextAt, fields }: StoredScheduler,
  dataBytes: number,
): SchedulerRow {
  const { name, pattern, every, tz, endDate, ic, limit } = fields;
  const everyMs = every === undefined ? undefined : Number(every);
  return {
    ...{ queue, id, nextAt, jobName: name ?? null },
    ...{ pattern: pattern ?? null, everyMs: everyMs ?? null, timeZone: tz ?? null },
    words: inWords({
      ...(pattern !== undefined && { pattern }),
      ...(everyMs !== undefined && { everyMs }),
      ...(tz !== undefined && { timeZone: tz }),
    }),
    endsAt: endDate === undefined ? null : Number(endDate),
    iterations: Number(ic ?? 0),
    limit: limit === undefined ? null : Number(limit),
    dataBytes,
  };
}

/** Shows schedulers of queues. */
export class TemplateShower {
  readonly #sources: Sources;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** Views of schedulers of one queue. */
  async show(
    label: string,
    stored: readonly StoredScheduler[],
    { mayReadData = false }: Sight,
  ): Promise<SchedulerView[]> {
    const { hub, gate, redactor } = this.#sources;
    const paths = mayReadData
      ? undefined
      : await gate.run(hub.command, 'fail', 'repeat', async () =>
          redactor.pathsOf(label, await hub.command.raw()),
        );
    return Promise.all(stored.map((one) => this.#view(label, one, paths)));
  }

  async #view(
    label: string,
    stored: StoredScheduler,
    paths: RedactionPaths | undefined,
  ): Promise<SchedulerView> {
    const { data } = stored.fields;
    return {
      ...toRow(label, stored, Buffer.byteLength(data ?? '')),
      ...(await this.#data(label, data, paths)),
    };
  }

  async #data(
    label: string,
    stored: string | undefined,
    paths: RedactionPaths | undefined,
  ): Promise<Pick<SchedulerView, 'data' | 'unreadable'>> {
    const { payloads, redactor } = this.#sources;
    if (stored === undefined) return { data: null, unreadable: null };
    if (paths && readStoredHead(stored).isEncrypted)
      return { data: null, unreadable: 'It is encrypted: `data.read` is needed to see it' };
    try {
      const json = await payloads.codecs.of(label).unpack('data', stored);
      if (json.length > LONGEST_DATA)
        return { data: null, unreadable: `It is large: ${json.length} characters` };
      return { data: JSON.parse(paths ? redactor.json(json, paths) : json), unreadable: null };
    } catch (error) {
      return { data: null, unreadable: messageOf(error) };
    }
  }
}
