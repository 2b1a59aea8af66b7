/**
 * Who looks, and what they may do: what they may not do is not offered. The server checks all the same.
 */
import { type ComponentChildren, createContext, type JSX } from 'preact';
import { useCallback, useContext } from 'preact/hooks';
import { allows } from '../../../src/access/roles.ts';
import { ACTIONS } from '../../../src/operations/actions.ts';
import type { ActionName, MeView, Permission } from '../../../src/operations/views.ts';
import { readSettings } from './settings.ts';

const MeContext = createContext<MeView | null>(null);

/** For all that is below. */
export function MeProvider(props: {
  readonly me: MeView;
  readonly children: ComponentChildren;
}): JSX.Element {
  return <MeContext.Provider value={props.me}>{props.children}</MeContext.Provider>;
}

/** Who looks. Throws outside of `MeProvider`. */
export function useMe(): MeView {
  const me = useContext(MeContext);
  if (!me) throw new Error('useMe is for what is inside of MeProvider');
  return me;
}

/**
 * Tells whether something may be done.
 *
 * @param what an action, or a permission such as `data.read`
 * @param queue label of the queue it is about; null: the whole fleet; undefined: some queue at least
 */
export type May = (what: ActionName | Permission, queue?: string | null) => boolean;

/** What they may do. */
export function useMay(): May {
  const me = useMe();
  return useCallback(
    (what, queue) => {
      if (!isAction(what)) return allows(me, what, queue);
      const { permission, effect, scope } = ACTIONS[what];
      if (effect !== 'reads' && (me.isReadOnly || readSettings().isReadOnly)) return false;
      if (permission === 'open' || permission === 'known') return true;
      return allows(me, permission, scope === 'fleet' ? null : queue);
    },
    [me],
  );
}

function isAction(what: string): what is ActionName {
  return Object.hasOwn(ACTIONS, what);
}
