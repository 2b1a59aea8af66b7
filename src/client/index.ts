/**
 * `drover/client`: does actions at a server, typed, from programs and browsers.
 */

export {
  type CallOptions,
  type Client,
  type ClientOptions,
  createClient,
} from './create-client.ts';
export { ServerError } from './read-problem.ts';
