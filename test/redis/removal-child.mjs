// @ts-check
/**
 * A process that operates one queue and is killed at it. Runs on the built package.
 *
 * Settings from the environment: REDIS_URL, ACTION, INPUT (JSON). Printed: `up`, and `done` with the answer.
 */
import { Coordinator } from '../../dist/index.js';

const { ACTION, INPUT } = process.env;
const coordinator = new Coordinator({ logger: false, metrics: false });
await coordinator.start();
console.log('up');
/** @type {import('../../dist/index.js').Principal} */
const principal = { kind: 'token', id: 'ann', name: 'ann', grants: [{ may: ['admin'] }] };
const name = /** @type {'queues.empty'} */ (ACTION);
console.log(
  'done',
  JSON.stringify(await coordinator.control.call(name, JSON.parse(INPUT ?? ''), { principal })),
);
