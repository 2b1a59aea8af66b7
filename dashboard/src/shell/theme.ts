/**
 * Light, dark, or as the system has it. It is set before anything is drawn.
 */

/** What may be chosen. */
export type Theme = 'system' | 'light' | 'dark';
/** In the order in which a key goes through them. */
export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

const KEPT_AS = 'drover.theme';

/** What was chosen. */
export function keptTheme(): Theme {
  const kept = localStorage.getItem(KEPT_AS) as Theme | null;
  return kept !== null && THEMES.includes(kept) ? kept : 'system';
}

/** Chooses, and shows it. */
export function setTheme(theme: Theme): void {
  localStorage.setItem(KEPT_AS, theme);
  showTheme(theme);
}

/** Shows it. */
export function showTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
