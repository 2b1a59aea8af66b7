/**
 * Searches that somebody keeps under a name, in this browser, for this mount.
 */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { mountPath } from '../../api/settings.ts';

/** One of them. */
export interface SavedView {
  readonly name: string;
  readonly queue: string;
  /** What is behind the `?` of the address. */
  readonly search: string;
}

const MOST = 100;

/** All of them by name, and how to change them. */
export interface SavedViews {
  readonly views: readonly SavedView[];
  /** A view of the same queue and name is replaced. */
  readonly save: (view: SavedView) => void;
  readonly remove: (view: SavedView) => void;
}

/** The views of this browser; another tab that changes them is heard. */
export function useSavedViews(): SavedViews {
  const [views, setViews] = useState(readViews);
  useEffect(() => {
    const onStorage = (): void => setViews(readViews());
    window.addEventListener('storage', onStorage);
    return () => window.removeEventListener('storage', onStorage);
  }, []);
  const change = useCallback((make: (all: readonly SavedView[]) => SavedView[]) => {
    const next = make(readViews()).slice(0, MOST);
    localStorage.setItem(keptAs(), JSON.stringify(next));
    setViews(next);
  }, []);
  return {
    views,
    save: (view) =>
      change((all) =>
        [...without(all, view), view].sort((one, other) => one.name.localeCompare(other.name)),
      ),
    remove: (view) => change((all) => without(all, view)),
  };
}

function without(all: readonly SavedView[], { name, queue }: SavedView): SavedView[] {
  return all.filter((each) => each.name !== name || each.queue !== queue);
}

function keptAs(): string {
  return `drover.views:${mountPath()}`;
}

/** What somebody else has put there counts as nothing. */
function readViews(): SavedView[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keptAs()) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isView) : [];
  } catch {
    return [];
  }
}

function isView(value: unknown): value is SavedView {
  const { name, queue, search } = (value ?? {}) as Record<string, unknown>;
  return [name, queue, search].every((each) => typeof each === 'string');
}
