/**
 * The class of a provider and its methods, however it was provided: by class, value, factory, under any token.
 */
import { MetadataScanner } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';

/** A class of the application. */
export type ProviderClass = (new (...args: never[]) => object) & { readonly prototype: object };

/** Undefined where there is none: a value that is no object, an alias of something that is not made yet. */
export function classOf({
  metatype,
  inject,
  instance,
}: InstanceWrapper): ProviderClass | undefined {
  // Of a factory the metatype is the factory itself, of a value there is none.
  const type = !metatype || inject ? instance?.constructor : metatype;
  return typeof type === 'function' ? (type as ProviderClass) : undefined;
}

/** `ThumbnailConsumer of PhotosModule`. */
export function inWords(wrapper: InstanceWrapper, type: ProviderClass): string {
  return `${type.name || String(wrapper.name)} of ${wrapper.host?.name ?? 'a module'}`;
}

/** Names and functions of all methods, inherited ones too. */
export function methodsOf(type: ProviderClass): readonly { name: string; method: object }[] {
  const { prototype } = type as { prototype: Record<string, object> };
  return new MetadataScanner()
    .getAllMethodNames(prototype)
    .map((name) => ({ name, method: prototype[name]! }));
}
