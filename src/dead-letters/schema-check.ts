/**
 * The schemas of queues, as far as this process knows them: the port by which data is checked before it is replayed.
 */

/** Checks the data of jobs. */
export interface SchemaCheck {
  /** Whether the queue is defined here with a schema. */
  knows(queue: string): boolean;
  /** What is wrong with the data; undefined when nothing is. Never rejects. */
  validate(queue: string, jobName: string, data: unknown): Promise<string | undefined>;
}
