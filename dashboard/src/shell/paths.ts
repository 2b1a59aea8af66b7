/**
 * Where each screen is, below the mount. Pure. Labels and ids may hold anything: each is one part of the path.
 */

const part = encodeURIComponent;

/** Paths of all screens. */
export const to = {
  overview: () => '/',
  queue: (queue: string) => `/queues/${part(queue)}`,
  jobs: (queue: string, state?: string, filter?: string) =>
    `/queues/${part(queue)}/jobs${query({ state, filter })}`,
  job: (queue: string, id: string) => `/queues/${part(queue)}/jobs/${part(id)}`,
  deadLetters: (queue?: string, state?: string) => `/dead-letters${query({ queue, state })}`,
  group: (fingerprint: string, queue?: string, filter?: string) =>
    `/dead-letters/${part(fingerprint)}${query({ queue, filter })}`,
  deadLetter: (queue: string, id: string) => `/queues/${part(queue)}/dead-letters/${part(id)}`,
  bulk: () => '/bulk',
  bulkAction: (id: string) => `/bulk/${part(id)}`,
  workers: () => '/workers',
  pool: (queue: string) => `/pools/${part(queue)}`,
  schedulers: (queue?: string) => `/schedulers${query({ queue })}`,
  scheduler: (queue: string, id: string) => `/queues/${part(queue)}/schedulers/${part(id)}`,
  redis: (tab?: string) => `/redis${query({ tab })}`,
  audit: (fields: Readonly<Record<string, string | undefined>> = {}) => `/audit${query(fields)}`,
  access: () => '/access',
} as const;

function query(fields: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(fields).filter((entry): entry is [string, string] => !!entry[1]);
  return given.length > 0 ? `?${new URLSearchParams(given)}` : '';
}
