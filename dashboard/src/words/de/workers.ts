/** Words of the screen “Workers and pools”. German. */
import type { Words } from '../en/index.ts';

/** German. */
export const workers: Words['workers'] = {
  title: 'Worker und Pools',
  pools: 'Pools',
  processes: 'Prozesse',
  noPools: 'Keine Queue hat einen Pool. Mit `pool: { min, max }` folgen ihre Plätze der Arbeit.',
  noProcesses: 'Kein Prozess führt Jobs aus. Wartende Jobs warten, bis einer es tut.',
  severalVersions: (versions) => `Mehrere Versionen der Anwendung laufen: ${versions}.`,
  columns: {
    queue: 'Queue',
    slots: 'Plätze',
    bounds: 'Grenzen',
    mode: 'Art',
    why: 'Warum',
    process: 'Prozess',
    state: 'Zustand',
    queues: 'Queues (laufend/Plätze)',
    load: 'CPU · Schleife · Speicher',
    version: 'Version',
    connections: 'Verb.',
    lastSeen: 'Gesehen',
    acts: 'Tun',
  },
  slotsOf: (current, max) => `${current} von höchstens ${max} Plätzen`,
  pinned: 'von Hand gesetzt',
  frozen: 'eingefroren',
  undecided: 'Noch hat niemand entschieden',
  working: 'arbeitet',
  seen: 'reines BullMQ',
  quiet: 'still',
  goingQuiet: 'wird still',
  quietBecause: (by, why) =>
    `${by === null ? 'Er ist von selbst still' : `${by} will ihn still`}${why ? `: ${why}` : ''}`,
  load: { cpu: 'Prozessor', loop: 'Ereignisschleife', memory: 'Speicher' },
  drover: (version) => `Drover oder BullMQ ${version}`,
  makeQuiet: 'Stilllegen',
  resume: 'Fortsetzen',
  quietSays: (running) =>
    `Er nimmt keine neuen Jobs an und beendet die ${running}, die er ausführt. Er bleibt still, bis ihn jemand fortsetzt oder er neu startet.`,
  resumeSays: 'Er nimmt wieder Jobs an.',
  reason: 'Warum (für alle sichtbar)',
  quieted: 'Er wird still',
  resumed: 'Er nimmt wieder Jobs an',
};
