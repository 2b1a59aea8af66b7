/**
 * The one HTML document that all pages of the dashboard begin with. Pure.
 *
 * It holds no data, and tells strangers nothing but how to sign in, where they are, and whether anything can be changed.
 */

/** A way in that the dashboard itself can offer. */
export type SignInWay = 'password' | 'token';

/** What the pages must know before they can ask the API; they find it as JSON in the element `settings`. */
export interface PageSettings {
  /** Shown as a badge, such as "production". */
  readonly environment: string | null;
  readonly signIn: readonly SignInWay[];
  /** Nothing can be changed here, whoever asks. */
  readonly isReadOnly: boolean;
}

/**
 * The address of the mount as a browser at this path must write it.
 *
 * It is told by the path below the mount alone: so it is right behind any proxy that puts a prefix before the path or
 * takes one away.
 *
 * @param path below the mount, as it was sent: `/` is the mount itself
 * @param publicPath where browsers find the mount, when it was said
 */
export function baseOf(path: string, publicPath: string | null): string {
  if (publicPath !== null) return `${publicPath}/`;
  return '../'.repeat(path.split('/').length - 2) || './';
}

/** The document, with the address that all others in it are relative to. */
export function toShell(built: string, base: string, settings: PageSettings): string {
  const json = JSON.stringify(settings).replaceAll('<', '\\u003c');
  const head = `<head>
    <base href="${base.replaceAll('&', '&amp;')}" />
    <script type="application/json" id="settings">${json}</script>`;
  return built.replace('<head>', () => head);
}
