/**
 * Nest applications for tests: made of an ad hoc module, closed with the test, their lines kept.
 */
import 'reflect-metadata';
import {
  type INestApplicationContext,
  type LoggerService,
  Module,
  type ModuleMetadata,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { onTestFinished } from 'vitest';

/** A module class with a name of its own. */
export function moduleOf(name: string, metadata: ModuleMetadata): new () => object {
  const type = { [name]: class {} }[name]!;
  Module(metadata)(type);
  return type;
}

/** Keeps lines. */
export class Lines implements LoggerService {
  readonly all: string[] = [];
  log(message: unknown): void {
    this.all.push(`log ${message}`);
  }
  warn(message: unknown): void {
    this.all.push(`warn ${message}`);
  }
  error(message: unknown): void {
    this.all.push(`error ${message}`);
  }
  /** Those that hold the text. */
  with(text: string): string[] {
    return this.all.filter((line) => line.includes(text));
  }
}

/** An application of one module, `AppModule`, initialised. */
export async function startNest(
  metadata: ModuleMetadata,
): Promise<{ app: INestApplicationContext; lines: Lines }> {
  const lines = new Lines();
  const app = await NestFactory.createApplicationContext(moduleOf('AppModule', metadata), {
    ...{ logger: lines, abortOnError: false },
  });
  onTestFinished(() => app.close());
  return { app, lines };
}

/** The error that the boot ends with. */
export async function bootError(metadata: ModuleMetadata): Promise<Error & { code?: string }> {
  try {
    await startNest(metadata);
  } catch (error) {
    return error as Error;
  }
  throw new Error('the application started');
}
