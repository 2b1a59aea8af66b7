/**
 * What is injected under which token. Pure.
 *
 * Queues and flow producers have the tokens of `@nestjs/bullmq`, so that classes that inject them need no change. A
 * queue of another Redis than the default one has the key of its configuration in its token: two Redis may have
 * queues of the same name.
 */
import type { InjectionToken } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Coordinator } from '../coordinator.ts';
import type { QueueRef } from '../queues/queue-manager.ts';

/** The configuration that is meant where none is named. */
export const DEFAULT_KEY = 'default';

/** Injects the job that a request-scoped provider was made for. */
export const JOB_REF: string = REQUEST;

/** Token of a queue. @param queue its definition, or its name as the application says it; @default 'default' */
export function getQueueToken(queue?: QueueRef, configKey: string = DEFAULT_KEY): string {
  return withKey(`BullQueue_${nameOf(queue)}`, configKey);
}

/** Token of a flow producer. */
export function getFlowProducerToken(name?: string, configKey: string = DEFAULT_KEY): string {
  return withKey(`BullFlowProducer_${name || 'default'}`, configKey);
}

/** Token of a coordinator; the class itself for the default configuration. */
export function getCoordinatorToken(configKey: string = DEFAULT_KEY): InjectionToken<Coordinator> {
  return configKey === DEFAULT_KEY ? Coordinator : `DroverCoordinator@${configKey}`;
}

/** Token of the options of a `BullModule.forRoot`. */
export function getSharedConfigToken(configKey: string = DEFAULT_KEY): string {
  return `BULLMQ_CONFIG(${configKey || DEFAULT_KEY})`;
}

/** Token of the options of a `BullModule.registerQueue`. */
export function getQueueOptionsToken(name?: string): string {
  return `BullMQQueueOptions_${name || 'default'}`;
}

/** Token of the options of a `BullModule.registerFlowProducer`. */
export function getFlowProducerOptionsToken(name?: string): string {
  return `BullMQFlowProducerOptions_${name || 'default'}`;
}

/** Token of what a `forRoot` has opened; for this package only. */
export function rootToken(configKey: string): string {
  return `DroverRoot@${configKey}`;
}

function nameOf(queue: QueueRef | undefined): string {
  return (typeof queue === 'object' ? queue.name : queue) || 'default';
}

function withKey(token: string, configKey: string): string {
  return configKey === DEFAULT_KEY ? token : `${token}@${configKey}`;
}
