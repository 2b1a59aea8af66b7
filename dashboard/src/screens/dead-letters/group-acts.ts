/**
 * What can be made of a cause: it is mended, to be ignored, or open again. Each can be taken back at once.
 */
import { useCallback } from 'preact/hooks';
import type { FailureGroup } from '../../../../src/operations/views.ts';
import { useAct } from '../../api/use-act.ts';
import { useToast } from '../../shell/toasts.tsx';
import { useWords } from '../../words/words.tsx';

/** Acts and their keys. */
export const GROUP_ACTS = [
  { act: 'resolve', key: 'E', state: 'resolved' },
  { act: 'ignore', key: 'I', state: 'ignored' },
  { act: 'reopen', key: 'O', state: 'open' },
] as const;
/** One of them. */
export type GroupAct = (typeof GROUP_ACTS)[number]['act'];

type Settable = (typeof GROUP_ACTS)[number]['state'];

/** Whether it would change anything. */
export function isPossible(act: GroupAct, { state }: FailureGroup): boolean {
  const isOpen = state === 'open' || state === 'regressed';
  return act === 'reopen' ? !isOpen : state !== stateOf(act);
}

/** Changes groups, says so, and offers to undo it. */
export function useGroupActs(): (act: GroupAct, groups: readonly FailureGroup[]) => Promise<void> {
  const words = useWords().deadLetters;
  const act = useAct();
  const toast = useToast();
  return useCallback(
    async (what, groups) => {
      const set = async (to: (group: FailureGroup) => Settable): Promise<number> => {
        const all = groups.map((group) =>
          act('groups.set', { group: group.fingerprint, state: to(group) }),
        );
        const results = await Promise.allSettled(all);
        return results.filter(({ status }) => status === 'fulfilled').length;
      };
      const changed = await set(() => stateOf(what));
      if (changed === 0) return;
      toast(words.done[what](changed), 'good', {
        label: words.undo,
        run: () => void set(before).then((n) => n > 0 && toast(words.undone(n), 'good')),
      });
    },
    [act, toast, words],
  );
}

function stateOf(act: GroupAct): Settable {
  return GROUP_ACTS.find((each) => each.act === act)!.state;
}

/** Nobody can say that a cause came back: it is open. */
function before({ state }: FailureGroup): Settable {
  return state === 'regressed' ? 'open' : state;
}
