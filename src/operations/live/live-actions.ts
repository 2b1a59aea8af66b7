/**
 * Actions that show everything at a glance, once or as it changes: the catalogue.
 */
import type { Actions } from '../action.ts';
import type { LiveEvent, OverviewView } from './live-views.ts';

/** What goes in and comes out. */
export interface LiveActionTypes {
  'overview.get': { input: Record<never, never>; output: OverviewView };
  'overview.watch': {
    /** The id of the last event that was seen. */
    input: { readonly lastEventId?: string };
    output: AsyncIterable<LiveEvent>;
  };
}

/** At a glance. */
export const LIVE_ACTIONS: Actions<LiveActionTypes> = {
  'overview.get': {
    ...{ route: 'GET /api/v1/overview', permission: 'queues.read', scope: 'each' },
    effect: 'reads',
    says: 'All queues at a glance, as last sampled.',
  },
  'overview.watch': {
    ...{ route: 'GET /api/v1/overview/stream', permission: 'queues.read', scope: 'each' },
    ...{ effect: 'reads', answers: 'events' },
    says: 'The overview as it changes: everything first, then what differs, each second. One sampler serves all viewers.',
  },
};
