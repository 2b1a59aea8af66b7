/**
 * Who this tab is to the server: the token that was typed in, if any. It lives as long as the tab.
 */

/** Where the token is kept. */
const KEPT_AS = 'drover.token';

/** The token of this tab; null: the server knows who asks by other means. */
export function keptToken(): string | null {
  return sessionStorage.getItem(KEPT_AS);
}

/** Keeps a token, or forgets it. */
export function keepToken(token: string | null): void {
  if (token === null) sessionStorage.removeItem(KEPT_AS);
  else sessionStorage.setItem(KEPT_AS, token);
}
