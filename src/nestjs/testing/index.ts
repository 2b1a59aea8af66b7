/**
 * `drover/nestjs/testing`: recorded queues in place of real ones, for unit tests that touch no Redis.
 */
export {};
