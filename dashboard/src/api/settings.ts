/**
 * What the server tells the pages about themselves: how they are called here, and how one signs in.
 */

/** As the server writes it into the page. */
export interface Settings {
  /** Such as `production`; null: nobody named it. */
  readonly environment: string | null;
  readonly signIn: readonly ('password' | 'token')[];
  /** Whether this face changes nothing, whoever asks. */
  readonly isReadOnly: boolean;
}

const UNKNOWN: Settings = { environment: null, signIn: [], isReadOnly: false };

/** Reads them from the page. */
export function readSettings(): Settings {
  const text = document.getElementById('settings')?.textContent;
  return text ? { ...UNKNOWN, ...(JSON.parse(text) as Partial<Settings>) } : UNKNOWN;
}

/** Where the pages are mounted, without a slash at the end; '' is the root. */
export function mountPath(): string {
  return new URL(document.baseURI).pathname.replace(/\/+$/, '');
}
