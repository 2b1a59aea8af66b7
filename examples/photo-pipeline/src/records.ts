/**
 * What the JSON files of the storage hold, and how they are read back.
 *
 * A record is written by one step and never changed by another. None holds a time or a path, so a step that
 * runs twice writes the same bytes; receipts are the exception, they say when a photo came.
 */
import type { PhotoFacts } from './images/inspect.ts';
import type { Palette } from './images/palette.ts';
import type { VariantFormat, VariantSize } from './images/variants.ts';
import type { PublicError } from './photo-error.ts';
import type { RecordKind, Storage } from './storage.ts';

/** How a photo came here. `name` is for display only. */
export interface Receipt {
  readonly name: string;
  readonly bytes: number;
  /** Epoch ms. */
  readonly receivedAt: number;
}

export interface StoredHash {
  /** 16 hex digits. */
  readonly hash: string;
}

export interface ManifestVariant {
  readonly size: VariantSize;
  readonly format: VariantFormat;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
}

/** The result of the whole pipeline for one photo. */
export interface Manifest extends PhotoFacts, Palette, StoredHash {
  readonly id: string;
  readonly variants: readonly ManifestVariant[];
  /** Ids of photos known at that moment whose hashes differ in at most six bits. */
  readonly nearDuplicates: readonly string[];
}

interface RecordTypes {
  receipts: Receipt;
  facts: PhotoFacts;
  hashes: StoredHash;
  palettes: Palette;
  manifests: Manifest;
  errors: PublicError;
}

/** Reads a record by its kind. The cast is safe: only this program writes these files, and whole. */
export async function readRecord<K extends RecordKind>(
  storage: Storage,
  kind: K,
  id: string,
): Promise<RecordTypes[K] | null> {
  return (await storage.readRecord(kind, id)) as RecordTypes[K] | null;
}
