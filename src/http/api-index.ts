/**
 * What stands at the root of the API: where the rest is, for whoever comes with a browser or for the first time.
 */
import { VERSION } from '../version.ts';
import { INDEX_PATH, OPENAPI_PATH } from './routes.ts';

/** Name, version and the places to begin at. */
export function toIndex(basePath: string): object {
  return {
    ...{ name: 'Drover', version: VERSION },
    links: {
      overview: `${basePath}${INDEX_PATH}/overview`,
      queues: `${basePath}${INDEX_PATH}/queues`,
      workers: `${basePath}${INDEX_PATH}/workers`,
      doctor: `${basePath}${INDEX_PATH}/doctor`,
      health: `${basePath}/health/redis`,
      metrics: `${basePath}/metrics`,
      openapi: `${basePath}${OPENAPI_PATH}`,
    },
  };
}
