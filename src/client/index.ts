/**
 * `drover/client`: does actions at a server, typed, from programs and browsers.
 *
 * Data of jobs that holds numbers above 2^53 goes in as `parseExactly(text)`: they arrive with all their digits.
 */

export { parseExactly } from '../base/exact-numbers.ts';
export {
  type CallOptions,
  type Client,
  type ClientOptions,
  createClient,
} from './create-client.ts';
export { ServerError } from './read-problem.ts';
