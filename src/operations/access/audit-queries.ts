/**
 * Reads the audit for operators: pages, the whole as lines, and whether it is whole.
 */
import { AUDIT_LIMITS } from '../../access/audit-chain.ts';
import { parseAnchor, parseEntry, type ResultRecord } from '../../access/audit-entry.ts';
import type { AuditReader } from '../../access/audit-reader.ts';
import { AuditVerifier } from '../../access/audit-verify.ts';
import { InputError } from '../../errors.ts';
import type { AuditPage, AuditQuery, AuditVerdict } from './access-views.ts';
import {
  type AskedRecord,
  type AuditFilter,
  isAskedFor,
  type Numbered,
  toFilter,
  toRow,
} from './audit-rows.ts';

/** A page looks at so many entries at most: with a rare filter it may come out short, with a place to go on from. */
const MOST_LOOKED_AT = 5_000;
/** Results that came more entries later are not looked for. */
const MOST_LOOKED_AHEAD = 2_000;
/** Clocks of processes differ: entries are in order by number, and only nearly by time. */
const CLOCKS_DIFFER_MS = 60 * 60 * 1_000;

/** What a walk has met. */
interface Walk {
  readonly asked: Numbered<AskedRecord>[];
  readonly results: Map<number, ResultRecord>;
  next: number | null;
}

/** Reads the audit. */
export class AuditQueries {
  readonly #reader: AuditReader;
  readonly #now: () => number;

  constructor(reader: AuditReader, now: () => number) {
    this.#reader = reader;
    this.#now = now;
  }

  /** Newest first. */
  async page(query: AuditQuery, cursor: string | undefined, limit: number): Promise<AuditPage> {
    const before = cursor === undefined ? undefined : Number(cursor);
    const walk = await this.#walk(toFilter(query, this.#now()), before, limit);
    const isOpen = walk.asked.some(({ kind, n }) => kind === 'intent' && !walk.results.has(n));
    if (before !== undefined && isOpen) await this.#lookAhead(walk, before);
    const rows = walk.asked.map((asked) => toRow(asked, walk.results.get(asked.n)));
    return { rows, next: walk.next === null ? null : String(walk.next) };
  }

  /** One line for each entry, oldest first: its number, its hash, and its text as it was hashed. */
  async *lines(query: AuditQuery): AsyncGenerator<string> {
    const filter = toFilter(query, this.#now());
    const isAll = Object.values(query).every((value) => value === undefined);
    for (let page = await this.#reader.after(); page.length > 0; ) {
      for (const entry of page) {
        const record = parseEntry(entry.text);
        if (!isAll && !(record && isAskedFor(record, filter))) continue;
        const text = record && !/[\r\n]/.test(entry.text) ? entry.text : JSON.stringify(entry.text);
        yield `{"n":${entry.n},"hash":${JSON.stringify(entry.hash)},"entry":${text}}\n`;
      }
      page = await this.#reader.after(page.at(-1)!.id);
    }
  }

  /** @param anchor `<n>:<hash>` */
  async verify(anchor: string | undefined): Promise<AuditVerdict> {
    const outside = anchor === undefined ? undefined : parseAnchor(anchor);
    if (anchor !== undefined && !outside)
      throw new InputError('/anchor', 'must be `<number>:<hash>`, as the log has it');
    // The head before each page: after the last one it is of the last entry, however much was written meanwhile.
    let head = await this.#reader.head();
    let page = await this.#reader.after();
    // The anchors after the first page: what is trimmed from then on was read already.
    const anchors = await this.#reader.anchors();
    const { mostEntries } = AUDIT_LIMITS;
    const verifier = new AuditVerifier({ anchors, outside, mostEntries });
    while (page.length > 0 && verifier.isWhole) {
      for (const entry of page) verifier.add(entry);
      head = await this.#reader.head();
      page = await this.#reader.after(page.at(-1)!.id);
    }
    const { head: end, ...found } = verifier.finish(head);
    return {
      ...found,
      isWhole: found.fault === null,
      head: end && found.fault === null ? `${end.n}:${end.hash}` : null,
    };
  }

  async #walk(filter: AuditFilter, before: number | undefined, limit: number): Promise<Walk> {
    const walk: Walk = { asked: [], results: new Map(), next: null };
    let looked = 0;
    const from = before === undefined ? undefined : `${before}-0`;
    for (let page = await this.#reader.before(from); page.length > 0; ) {
      for (const { n, text } of page) {
        if (walk.asked.length === limit || looked === MOST_LOOKED_AT) {
          walk.next = n + 1;
          return walk;
        }
        looked += 1;
        const record = parseEntry(text);
        if (record && record.at < filter.afterMs - CLOCKS_DIFFER_MS) return walk;
        if (record?.kind === 'result') walk.results.set(record.of, record);
        else if (record && isAskedFor(record, filter)) walk.asked.push(record);
      }
      page = await this.#reader.before(page.at(-1)!.id);
    }
    return walk;
  }

  /** Results of this page's actions that stand on the pages before it. */
  async #lookAhead({ results }: Walk, from: number): Promise<void> {
    let id = `${from - 1}-0`;
    for (let looked = 0; looked < MOST_LOOKED_AHEAD; ) {
      const page = await this.#reader.after(id);
      if (page.length === 0) return;
      for (const { text } of page) {
        const record = parseEntry(text);
        if (record?.kind === 'result') results.set(record.of, record);
      }
      looked += page.length;
      id = page.at(-1)!.id;
    }
  }
}
