/** Words of the screen “Audit”. German. */
import type { Words } from '../en/index.ts';

/** German. */
export const audit: Words['audit'] = {
  title: 'Protokoll',
  save: 'Als Datei sichern',
  saved: (n) => `${n} Einträge gesichert`,
  find: 'Suchen',
  fields: { action: 'Aktion', actor: 'Wer', queue: 'Queue', after: 'Nach', before: 'Vor' },
  examples: {
    action: 'queues.pause',
    actor: 'token:…',
    queue: 'mails',
    after: '2h',
    before: '30m',
  },
  columns: {
    at: 'Wann',
    actor: 'Wer',
    action: 'Aktion',
    queue: 'Queue',
    result: 'Ausgang',
    took: 'Dauer',
    address: 'Von',
  },
  results: { done: 'getan', failed: 'misslungen', refused: 'abgelehnt', unknown: 'nicht bekannt' },
  nothingYet: 'Noch hat niemand etwas geändert.',
  noneMatch: 'Kein Eintrag passt dazu.',
  entry: (n) => `Eintrag ${n}`,
  request: 'Anfrage',
  verification: 'Ist das Protokoll vollständig?',
  verificationSays:
    'Jeder Eintrag enthält die Prüfsumme des vorigen. Ein Anker, der anderswo aufbewahrt wurde, zeigt auch, ob die Kette neu begonnen wurde.',
  anchor: 'Anderswo aufbewahrter Anker (kann leer bleiben)',
  verify: 'Prüfen',
  whole: (n) => `Vollständig: ${n} Einträge geprüft`,
  broken: 'Nicht vollständig',
  head: 'Bewahren Sie dies anderswo auf:',
};
