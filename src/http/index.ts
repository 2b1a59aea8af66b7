/**
 * `drover/http`: the HTTP face, its adapters, and a server of its own.
 */

export type { AccessOptions } from '../access/access-options.ts';
export { type NodeListener, toExpress, toFastify, toKoa, toNode } from './adapters.ts';
export { type HttpFace, http } from './http.ts';
export type { DashboardPageOptions, HttpOptions, OpenRoutes } from './http-options.ts';
export { type Listening, type ListenOptions, listen } from './listen.ts';
export type { Problem } from './problem.ts';
