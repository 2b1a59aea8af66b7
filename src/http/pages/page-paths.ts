/**
 * Which paths are pages of the dashboard: a closed list, so that whatever else is asked for stays "not found".
 */

/** First parts of their paths, beside the overview at the root. What is behind the first part is the page's own. */
export const SECTIONS: readonly string[] = [
  ...['queues', 'dead-letters', 'workers', 'pools', 'schedulers', 'redis', 'audit', 'access'],
  'bulk',
];

/** Asks for a password with the browser's own means, and leads to the root. */
export const SIGN_IN_PATH = '/sign-in';

/** @param path below the mount */
export function isPage(path: string): boolean {
  return path === '/' || SECTIONS.includes(path.split('/')[1]!);
}
