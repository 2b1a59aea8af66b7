/**
 * The version of this package, as heartbeats and health answers show it. A test holds it to package.json.
 */

/** Semantic version. */
export const VERSION: string = '0.1.0';
