/**
 * Actions on the processes that run jobs and on their pools: the catalogue.
 */
import type { Pin } from '../../pools/pins.ts';
import type { Actions } from '../action.ts';
import type { WorkerView } from './fleet-views.ts';
import type { DecisionView, PoolView, ScaleView, WhyView } from './pool-views.ts';

interface OfQueue {
  readonly queue: string;
}
interface OfWorker {
  readonly worker: string;
}

/** What goes in and comes out. */
export interface FleetActionTypes {
  'workers.list': { input: { readonly queue?: string }; output: readonly WorkerView[] };
  'workers.quiet': { input: OfWorker & { readonly reason?: string }; output: WorkerView };
  'workers.resume': { input: OfWorker; output: WorkerView };
  'pools.list': { input: Record<never, never>; output: readonly PoolView[] };
  'pools.get': { input: OfQueue; output: PoolView };
  'pools.why': { input: OfQueue; output: WhyView };
  'pools.decisions': {
    /** `limit`: 1 to 500. */
    input: OfQueue & { readonly limit?: number };
    output: readonly DecisionView[];
  };
  'pools.scale': { input: OfQueue; output: ScaleView };
  'pools.pin': {
    /** `for`: a duration from 1 s to 30 days, 1 h by default. */
    input: OfQueue & { readonly slots: number; readonly for?: string; readonly reason?: string };
    output: Pin;
  };
  'pools.unpin': { input: OfQueue; output: { readonly removed: boolean } };
}

/** Workers and pools. */
export const FLEET_ACTIONS: Actions<FleetActionTypes> = {
  'workers.list': {
    ...{ route: 'GET /api/v1/workers', permission: 'queues.read', scope: 'each', effect: 'reads' },
    says: 'Processes that run jobs, with version, load and connections. Those that run no Drover are seen in the list of clients.',
  },
  'workers.quiet': {
    ...{ route: 'POST /api/v1/workers/:worker/quiet', permission: 'workers.quiet' },
    ...{ scope: 'fleet', effect: 'changes' },
    says: 'A process takes no new jobs and finishes its running ones, also after it has lost Redis in between.',
  },
  'workers.resume': {
    ...{ route: 'POST /api/v1/workers/:worker/resume', permission: 'workers.quiet' },
    ...{ scope: 'fleet', effect: 'changes' },
    says: 'A quiet process takes jobs again.',
  },
  'pools.list': {
    ...{ route: 'GET /api/v1/pools', permission: 'queues.read', scope: 'each', effect: 'reads' },
    says: 'All pools of the fleet: bounds, target, slots, why.',
  },
  'pools.get': {
    ...{ route: 'GET /api/v1/pools/:queue', permission: 'queues.read', scope: 'queue' },
    effect: 'reads',
    says: 'One pool.',
  },
  'pools.why': {
    ...{ route: 'GET /api/v1/pools/:queue/why', permission: 'queues.read', scope: 'queue' },
    effect: 'reads',
    says: 'Why a pool has the slots it has, as a sentence.',
  },
  'pools.decisions': {
    ...{ route: 'GET /api/v1/pools/:queue/decisions', permission: 'queues.read', scope: 'queue' },
    effect: 'reads',
    says: 'What was decided for a pool, newest first.',
  },
  'pools.scale': {
    ...{ route: 'GET /api/v1/queues/:queue/scale', permission: 'queues.read', scope: 'queue' },
    effect: 'reads',
    says: 'How many slots the pool of a queue should have in the fleet, for a scaler outside: `{ "value": 7 }`. The last one known while Redis is away; 503 when none is known, never 0 then; 404 for a queue without a pool.',
  },
  'pools.pin': {
    ...{ route: 'PUT /api/v1/pools/:queue/pin', permission: 'pools.scale', scope: 'queue' },
    effect: 'changes',
    says: 'Sets the target of a pool by hand, for a time.',
  },
  'pools.unpin': {
    ...{ route: 'DELETE /api/v1/pools/:queue/pin', permission: 'pools.scale', scope: 'queue' },
    effect: 'changes',
    says: 'The pool is scaled again.',
  },
};
