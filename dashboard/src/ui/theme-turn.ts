/**
 * Tells whoever draws with colours of its own that the theme has changed.
 */
import { useEffect, useState } from 'preact/hooks';

/** A number that is another one after each change of the theme. */
export function useThemeTurn(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const next = (): void => setTurn((before) => before + 1);
    const chosen = new MutationObserver(next);
    chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const ofSystem = matchMedia('(prefers-color-scheme: dark)');
    ofSystem.addEventListener('change', next);
    return () => {
      chosen.disconnect();
      ofSystem.removeEventListener('change', next);
    };
  }, []);
  return turn;
}
