/**
 * `drover/http`: the HTTP face and its adapters.
 */

export { type NodeListener, toExpress, toFastify, toKoa, toNode } from './adapters.ts';
export { type HttpFace, http } from './http.ts';
