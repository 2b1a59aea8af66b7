/**
 * Decides which entries of the audit somebody asked for, and puts an action together with its result. Pure.
 */
import type { AuditRecord, ResultRecord } from '../../access/audit-entry.ts';
import { parseDuration } from '../../base/units.ts';
import type { AuditEntry, AuditQuery } from './access-views.ts';

/** An entry with its number. */
export type Numbered<T extends AuditRecord = AuditRecord> = T & { readonly n: number };
/** An entry that tells what somebody asked for. */
export type AskedRecord = Exclude<AuditRecord, ResultRecord>;

/** The same with times as epoch ms. */
export interface AuditFilter extends Pick<AuditQuery, 'queue' | 'action' | 'actor'> {
  readonly afterMs: number;
  readonly beforeMs: number;
}

/** Times of a query as epoch ms. */
export function toFilter({ after, before, ...rest }: AuditQuery, now: number): AuditFilter {
  const afterMs = after === undefined ? Number.NEGATIVE_INFINITY : toTime(after, now);
  const beforeMs = before === undefined ? Number.POSITIVE_INFINITY : toTime(before, now);
  return { ...rest, afterMs, beforeMs };
}

/** `2h` → two hours before now; digits are epoch ms. NaN when it is neither. */
export function toTime(text: string, now: number): number {
  if (/^\d{1,16}$/.test(text)) return Number(text);
  const backMs = parseDuration(text);
  return backMs === undefined ? Number.NaN : now - backMs;
}

/** Whether somebody asked for this entry. `actor` is an id, a name, or `kind:id`. */
export function isAskedFor(record: AuditRecord, filter: AuditFilter): boolean {
  const { queue, action, actor, afterMs, beforeMs } = filter;
  const { kind, id, name } = record.actor;
  return (
    (queue === undefined || record.queue === queue) &&
    (action === undefined || record.action === action) &&
    (actor === undefined || [id, name, `${kind}:${id}`].includes(actor)) &&
    record.at >= afterMs &&
    record.at < beforeMs
  );
}

/** What was asked for, with what became of it. Without a result, nobody knows: whoever did it was killed, or does it still. */
export function toRow(asked: Numbered<AskedRecord>, result: ResultRecord | undefined): AuditEntry {
  const { n, at, action, actor, queue, parameters, address, correlationId } = asked;
  const row = { n, at, action, actor, queue, parameters, address, correlationId };
  if (asked.kind === 'refused')
    return { ...row, result: asked.result, code: asked.code, tookMs: null };
  // After Redis was emptied a number may name another entry.
  if (result?.correlationId !== correlationId || result.action !== action)
    return { ...row, result: 'unknown', code: null, tookMs: null };
  return { ...row, result: result.result, code: result.code, tookMs: result.tookMs };
}
