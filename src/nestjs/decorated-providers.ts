/**
 * Finds the providers of all modules whose class has a decorator, each instance once.
 */
import type { DiscoveryService } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { metadataOf } from './consumer-metadata.ts';
import { classOf, inWords, type ProviderClass } from './provider-class.ts';

/** A provider and what its decorator says. */
export interface DecoratedProvider<About> {
  readonly wrapper: InstanceWrapper;
  readonly type: ProviderClass;
  readonly about: About;
  /** `ThumbnailConsumer of PhotosModule`. */
  readonly where: string;
}

/** Remembers which it has found: it finds each once. */
export class DecoratedProviders<About> {
  readonly #discovery: DiscoveryService;
  readonly #key: string;
  /** An alias of a provider has the same instance. */
  readonly #found = new Set<object>();

  /** @param key of the decorator's metadata */
  constructor(discovery: DiscoveryService, key: string) {
    this.#discovery = discovery;
    this.#key = key;
  }

  /** Those that are there by now and were not found before. */
  findNew(): readonly DecoratedProvider<About>[] {
    return this.#discovery.getProviders().flatMap((wrapper) => {
      const type = classOf(wrapper);
      const about = metadataOf<About>(this.#key, type);
      if (!type || !about || wrapper.isAlias || this.#found.has(wrapper.instance)) return [];
      this.#found.add(wrapper.instance);
      return [{ wrapper, type, about, where: inWords(wrapper, type) }];
    });
  }
}
