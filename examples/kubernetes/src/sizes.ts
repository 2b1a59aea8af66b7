/**
 * The numbers on which the application and its manifests must agree. A test compares them.
 */

/** Jobs that one pod runs at once. The scaler outside divides the wanted slots by it. */
export const SLOTS_PER_POD = 4;

/** Most slots in the whole fleet: ten pods. */
export const MOST_SLOTS = 40;

/** How long a pod that is to go lets its jobs run. Kubernetes must wait longer before it kills. */
export const SHUTDOWN_TIMEOUT_MS = 50_000;

/** Where health, the wanted slots and metrics are served. */
export const PORT = 3_000;
