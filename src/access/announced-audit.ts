/**
 * Writes actions down as events, and so in the log: what is left of the audit where nothing may be written to Redis.
 */
import type { Announce } from '../events.ts';
import type { AuditIntent, AuditResult, AuditTrail } from './audit-trail.ts';

const BEGUN = { result: 'begun', code: null } as const;

/** An audit of events only. */
export function announcedAudit(announce: Announce): AuditTrail {
  const tell = (intent: AuditIntent, result: AuditResult | typeof BEGUN): void => {
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
    async begin(intent) {
      tell(intent, BEGUN);
      return intent.correlationId;
    },
    end: async (_id, intent, result) => tell(intent, result),
    refuse: async (intent, result) => tell(intent, result),
  };
}
