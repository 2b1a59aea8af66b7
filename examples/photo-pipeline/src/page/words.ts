/**
 * Words about photos: what a picture shows as far as numbers tell, how large it is, when it was taken.
 *
 * Pure. The alternative texts are made here: nobody has looked at the photos, so they say what is known
 * (shape, colours, date, camera) and not what is not.
 */
import type { PhotoStatus, PhotoView } from '../catalogue.ts';
import { nameColours } from './colour-names.ts';

export const STATUS_WORDS: Readonly<Record<PhotoStatus, string>> = {
  stored: 'kept for later',
  queued: 'queued',
  working: 'in work',
  done: 'done',
  failed: 'failed',
};

/** `sea-4.jpg: landscape photo, mostly dark blue and grey, taken on 1 May 2024 with Halden D40`. */
export function describePhoto({ name, facts, colours }: PhotoView): string {
  const [first, second] = nameColours(colours);
  const parts = [
    facts === null ? 'photo' : `${shapeOf(facts)} photo`,
    first === undefined ? null : `mostly ${[first, second].filter(Boolean).join(' and ')}`,
    toOrigin(facts?.takenAt ?? null, facts?.camera ?? null),
  ];
  return `${name}: ${parts.filter(Boolean).join(', ')}`;
}

/** With a full stop, unless it has an end of its own. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** `812 kB`, `4.2 MB`. */
export function toSize(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `2008-10-22T16:28:39` → `22 October 2008`. Cameras know no time zone, so none is reckoned with. */
export function toDay(localTime: string): string {
  const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });
  const at = new Date(`${localTime}Z`);
  return Number.isNaN(at.getTime()) ? localTime.slice(0, 10) : day.format(at);
}

/** `1 photo`, `1,204 photos`. */
export function count(number: number, one: string, many: string): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

function shapeOf({ width, height }: { width: number; height: number }): string {
  const ratio = width / height;
  if (ratio > 2) return 'panoramic';
  if (ratio > 1.05) return 'landscape';
  return ratio < 0.95 ? 'portrait' : 'square';
}

function toOrigin(takenAt: string | null, camera: string | null): string | null {
  if (takenAt === null && camera === null) return null;
  const day = takenAt === null ? '' : ` on ${toDay(takenAt)}`;
  return `taken${day}${camera === null ? '' : ` with ${camera}`}`;
}
