/** Words of the screen “Overview”. German. */
import type { Words } from '../en/index.ts';

/** German. */
export const overview: Words['overview'] = {
  title: 'Überblick',
  wrong: 'Was jetzt nicht stimmt',
  nothingWrong: 'Alles in Ordnung',
  nothingWasWrong: 'Als die Queues zuletzt zu sehen waren, war alles in Ordnung.',
  notKnown: 'Von den Queues ist noch nichts bekannt.',
  nobodyJudges:
    'Noch nicht beurteilt: Ein Prozess mit Drover tut das binnen Sekunden. Wo keiner läuft, stammen die Zahlen unten aus Redis.',
  moreWrong: (n) => `${n} weitere unten: Ordnen Sie die Tabelle nach Zustand.`,
  wrongCount: (n) => `${n} Queues brauchen Aufmerksamkeit`,
  alike: (n) => `${n} Queues`,
  since: 'seit',
  causes: (n) => `${n} tote Jobs: Ursachen`,
  totals: {
    queues: 'Queues',
    waiting: 'Wartend',
    active: 'Laufend',
    delayed: 'Verzögert',
    failed: 'Gescheitert, aufbewahrt',
    processes: 'Prozesse',
    redis: 'Redis',
  },
  redisIs: { healthy: 'gesund', unhealthy: 'fort', disabled: 'nicht eingerichtet' },
  find: 'Queue suchen',
  all: 'Alle',
  group: 'Gruppieren',
  groups: { none: 'gar nicht', health: 'nach Zustand', prefix: 'nach dem ersten Teil des Namens' },
  columns: {
    queue: 'Queue',
    health: 'Zustand',
    waiting: 'Wartend',
    active: 'Laufend',
    throughput: 'Pro Min',
    trend: '30 Min',
    errors: 'Fehler',
    wait: 'Warten p95',
    oldest: 'Älteste',
    deadLetters: 'Tot',
    pool: 'Pool',
  },
  isPaused: 'pausiert',
  trend: (n) => `${n} Jobs in den letzten 30 Minuten beendet`,
  objective: (objective, isBeyond) =>
    isBeyond ? `Über dem Ziel von ${objective}` : `Im Ziel von ${objective}`,
  noQueues:
    'In diesem Redis gibt es noch keine Queues. Der erste Job, der hinzukommt, legt eine an.',
  noneMatch: 'Keine Queue passt dazu.',
  selected: 'Ausgewählte Queues',
  clear: 'Auswahl aufheben',
  undo: 'Rückgängig',
  reason: 'Warum',
  reasonHint: 'Alle, die auf die Queue schauen, sehen es. Kann leer bleiben.',
  acts: { 'queues.pause': 'Pausieren', 'queues.resume': 'Fortsetzen' },
  does: {
    'queues.pause': (n) => (n === 1 ? '1 Queue pausieren' : `${n} Queues pausieren`),
    'queues.resume': (n) => (n === 1 ? '1 Queue fortsetzen' : `${n} Queues fortsetzen`),
  },
  says: {
    'queues.pause': (n) =>
      `Kein Worker nimmt neue Jobs ${n === 1 ? 'dieser Queue' : `dieser ${n} Queues`} an. Laufende Jobs laufen weiter, und Jobs lassen sich weiterhin hinzufügen.`,
    'queues.resume': (n) =>
      `Worker nehmen wieder Jobs ${n === 1 ? 'dieser Queue' : `dieser ${n} Queues`} an.`,
  },
  alreadySo: {
    'queues.pause': (n) =>
      n === 1 ? '1 ist schon pausiert und bleibt es.' : `${n} sind schon pausiert und bleiben es.`,
    'queues.resume': (n) =>
      n === 1 ? '1 ist nicht pausiert und bleibt so.' : `${n} sind nicht pausiert und bleiben so.`,
  },
  done: {
    'queues.pause': (n) => (n === 1 ? '1 Queue pausiert' : `${n} Queues pausiert`),
    'queues.resume': (n) => (n === 1 ? '1 Queue fortgesetzt' : `${n} Queues fortgesetzt`),
  },
};
