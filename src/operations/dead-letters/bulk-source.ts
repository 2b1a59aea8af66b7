/**
 * Bulk actions by id, whatever they are about: what is made in several places is listed and controlled in one.
 */
import type { Permission } from '../../access/permissions.ts';
import type { Command } from '../../dead-letters/bulk-action.ts';
import { CoordinatorError } from '../../errors.ts';
import type { BulkView } from './dead-letter-views.ts';

/** Something that keeps bulk actions. */
export interface BulkSource {
  /** The newest. */
  list(most: number): Promise<readonly BulkView[]>;
  /** Rejects with NOT_FOUND. */
  find(id: string): Promise<BulkView>;
  command(id: string, command: Command, actor: string): Promise<BulkView>;
}

/** What starting an action of a kind needs, and so does whoever controls one. */
export const NEEDED: Readonly<Record<BulkView['kind'], Permission>> = {
  replay: 'dead-letters.replay',
  discard: 'dead-letters.discard',
  retry: 'jobs.retry',
  promote: 'jobs.retry',
  remove: 'jobs.remove',
  move: 'jobs.update',
};

/** What whoever asks may do. */
interface Asker {
  may(permission: Permission, queue: string): boolean;
  require(permission: Permission, queue: string): void;
}

/** The newest actions of all sources that the caller may see. */
export async function listBulk(
  sources: readonly BulkSource[],
  most: number,
  call: Asker,
): Promise<BulkView[]> {
  const lists = await Promise.all(sources.map((source) => source.list(MOST_LOOKED_AT)));
  return lists
    .flat()
    .filter(({ queue }) => call.may('jobs.read', queue))
    .sort((a, b) => b.createdAt - a.createdAt)
    .slice(0, most)
    .map((view) => shown(view, call));
}

/** One action. Rejects with NOT_FOUND, also where the caller may not see it. */
export async function findBulk(
  sources: readonly BulkSource[],
  id: string,
  call: Asker,
): Promise<BulkView> {
  return shown((await locate(sources, id, call)).view, call);
}

/** Controls an action. Rejects with NOT_FOUND, with FORBIDDEN, and where it cannot be done in its state. */
export async function commandBulk(
  sources: readonly BulkSource[],
  id: string,
  order: { readonly command: Command; readonly actor: string },
  call: Asker,
): Promise<BulkView> {
  const { source, view } = await locate(sources, id, call);
  call.require(NEEDED[view.kind], view.queue);
  // Which queue it is, is not for everybody.
  if (view.to !== null && !call.may(NEEDED[view.kind], view.to))
    throw new CoordinatorError(
      'FORBIDDEN',
      `This needs the permission \`${NEEDED[view.kind]}\` on the queue that jobs are moved to as well`,
    );
  return shown(await source.command(id, order.command, order.actor), call);
}

/** Without the other queue, and what is told of it, for whoever may see nothing of it. */
function shown(view: BulkView, call: Asker): BulkView {
  if (view.to === null || call.may('jobs.read', view.to)) return view;
  return { ...view, to: null, errors: view.errors.map(() => 'a job could not be moved') };
}

/** Kept by a source, at most. */
const MOST_LOOKED_AT = 200;

async function locate(
  sources: readonly BulkSource[],
  id: string,
  call: Asker,
): Promise<{ source: BulkSource; view: BulkView }> {
  for (const source of sources) {
    const view = await source.find(id).catch(undefinedWhenGone);
    if (view && call.may('jobs.read', view.queue)) return { source, view };
  }
  throw new CoordinatorError('NOT_FOUND', `There is no bulk action "${id}"`);
}

function undefinedWhenGone(error: unknown): undefined {
  if (error instanceof CoordinatorError && error.code === 'NOT_FOUND') return undefined;
  throw error;
}
