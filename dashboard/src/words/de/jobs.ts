/** Words of the screen “Jobs”. German. */
import type { Words } from '../en/index.ts';

/** German. */
export const jobs: Words['jobs'] = {
  titleOf: (queue) => `Jobs von ${queue}`,
  caption: (state, queue) => `Jobs von ${queue}: ${state}`,
  states: 'Zustände von Jobs',
  showState: (state) => `Jobs im Zustand „${state}“`,
  orders: { newest: 'Neueste zuerst', oldest: 'Älteste zuerst' },
  turnOrder: 'Reihenfolge umkehren',
  left: 'ist fort',
  attemptsOf: (made, all) => `${made} von ${all}`,
  columnsMenu: 'Spalten',
  usualColumns: 'Die zum Zustand passenden',
  columns: {
    id: 'Job',
    name: 'Name',
    reason: 'Gescheitert wegen',
    runsAt: 'Läuft',
    added: 'Hinzugefügt',
    started: 'Begonnen',
    finished: 'Beendet',
    waited: 'Wartete',
    ran: 'Lief',
    attempts: 'Versuche',
    priority: 'Priorität',
    size: 'Daten',
    scheduler: 'Zeitplan',
    parent: 'Elternjob',
  },
  filter: 'Filter',
  filterHint: 'name:resize error:"no answer" after:2h data.user.id:42',
  search: 'Suchen',
  clearFilter: 'Leeren',
  suggestions: 'Vorschläge',
  keys: {
    name: 'Name des Jobs, genau so',
    error: 'steht im Grund des Scheiterns',
    id: 'Id des Jobs, genau so',
    attempts: 'gemachte Versuche, etwa >=3',
    scheduler: 'von diesem Zeitplan angelegt',
    after: 'in den letzten 2h oder seit einem Tag beendet oder hinzugefügt',
    before: 'vor längerer Zeit beendet oder hinzugefügt',
  },
  seen: (n) => `${n}-mal gesehen`,
  views: 'Ansichten',
  noViews: 'Noch ist keine Ansicht gespeichert.',
  viewName: 'Name dieser Ansicht',
  saveView: 'Speichern',
  forgetView: (name) => `${name} vergessen`,
  showView: (name, queue) => `Ansicht „${name}“ von ${queue}`,
  viewsKept: 'Ansichten bleiben in diesem Browser: Zustand, Filter, Reihenfolge und Spalten.',
  listed: (found, all, isBehind) =>
    isBehind ? `${found} weitere von ${all}.` : `${found} von ${all} gezeigt.`,
  searchedPart: (found, looked, all, order) =>
    `${found} gefunden. Durchsucht: die ${order === 'newest' ? 'neuesten' : 'ältesten'} ${looked} von ${all}.`,
  searchedAll: (found, looked) => `${found} gefunden. Durchsucht: alle ${looked}.`,
  goneJobs: (n) => `${n} davon wurden inzwischen entfernt.`,
  unreadJobs: (n) =>
    `Die Daten von ${n} ließen sich nicht durchsuchen: Sie sind verschlüsselt, fehlen oder sind sehr groß.`,
  dataHidden: 'Sie dürfen nicht in Daten suchen, und nicht in Gründen, wo Felder geheim sind.',
  searchOn: 'Weitersuchen',
  searching: 'Sucht …',
  goOnFromHere: 'Von hier an weiter',
  backToTop: 'Zurück zum Anfang',
  news: (fresh, left) =>
    [fresh !== '0' && `${fresh} neu`, left !== '0' && `${left} fort`].filter(Boolean).join(', '),
  showNew: 'Die Liste zeigen, wie sie jetzt ist',
  nothingMatches: 'Kein durchsuchter Job passt zum Filter.',
  noJobs: (state) => `In dieser Queue ist kein Job im Zustand „${state}“.`,
  removedAtOnce: (state) =>
    `Jobs dieser Queue werden im Zustand „${state}“ sofort entfernt: Hier gibt es nichts zu zeigen. Die Zahlen kommen aus den Metriken.`,
  maybeRemoved:
    'Wer Jobs hinzufügt, kann sie gleich nach ihrem Ende entfernen lassen: Dann gibt es nichts zu zeigen, und die Zahlen kommen aus den Metriken.',
  pausedWait:
    'Jobs einer pausierten Queue warten; nur ältere Versionen von BullMQ führen sie hier.',
};
