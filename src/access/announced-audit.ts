/**
 * Writes actions down as events, and so in the log: what is left of the audit where nothing may be written to Redis.
 */
import type { Announce } from '../events.ts';
import type { AuditIntent, AuditResult, AuditTrail } from './audit-trail.ts';

/** An audit of events only. */
export function announcedAudit(announce: Announce): AuditTrail {
  const tell = (intent: AuditIntent, result: AuditResult): void => {
    const { action, actor, queue, parameters, address, correlationId } = intent;
    // The id first: what people are called they may choose themselves.
    const named = actor.name === actor.id ? '' : ` (${actor.name})`;
    const who = `${actor.kind}:${actor.id}${named}`;
    announce('operator.acted', {
      ...{ action, actor: who, queue, parameters, address, correlationId },
      ...result,
    });
  };
  return {
    begin: async ({ correlationId }) => correlationId,
    end: async (_id, intent, result) => tell(intent, result),
    refuse: async (intent, result) => tell(intent, result),
  };
}
