/** Words of the screen “Bulk actions”. German. */
import type { Words } from '../en/index.ts';

/** German. */
export const bulk: Words['bulk'] = {
  title: 'Sammelaktionen',
  one: 'Sammelaktion',
  says: 'Was mit vielen auf einmal geschieht. Die Flotte führt es aus, ob jemand zusieht oder nicht.',
  empty:
    'Noch ist nichts mit vielen auf einmal geschehen. Hier steht, wenn tote Jobs erneut eingereiht werden oder etwas mit allen Jobs geschieht, auf die ein Filter passt.',
  most: (n) => `Das sind die ${n} neuesten.`,
  what: {
    replay: (queue) => `Erneut einreihen in ${queue}`,
    discard: (queue) => `Verwerfen in ${queue}`,
    retry: (queue) => `Noch einmal versuchen in ${queue}`,
    promote: (queue) => `Vorziehen in ${queue}`,
    remove: (queue) => `Entfernen aus ${queue}`,
    move: (queue, to) => (to === '' ? `Verschieben aus ${queue}` : `Verschieben ${queue} → ${to}`),
  },
  columns: {
    what: 'Was',
    queue: 'Queue',
    filter: 'Welche',
    by: 'Durch',
    state: 'Zustand',
    progress: 'Fortschritt',
    started: 'Begonnen',
    took: 'Dauer',
  },
  chosen: 'ausgewählte',
  everything: 'alle',
  ofTotal: (n, total) => `${n} von ${total}`,
  bar: (done, failed, skipped, total) =>
    `${done} erledigt, ${failed} gescheitert, ${skipped} unberührt, von ${total}`,
  states: {
    planned: 'beginnt gleich',
    canary: 'versucht einige',
    running: 'läuft',
    paused: 'angehalten',
    done: 'fertig',
    aborted: 'abgebrochen',
    failed: 'gescheitert',
    undoing: 'nimmt zurück',
    undone: 'zurückgenommen',
  },
  doing: {
    planned: (left) => `${left} stehen an. Gleich geht es los.`,
    trying: (count) => `Die ersten ${count} werden geschickt.`,
    waiting: (sent, wait) =>
      `${sent} wurden vorausgeschickt; noch bis zu ${wait} wird auf ihre Ergebnisse gewartet.`,
    running: (left) => `${left} stehen noch aus.`,
    paused: (left) => `Angehalten: ${left} stehen noch aus und bleiben, wie sie sind.`,
    done: () => 'Es ist alles getan.',
    aborted: (left) => `Beendet: ${left} blieben, wie sie waren.`,
    failed: (left) => `Abgebrochen: ${left} blieben, wie sie waren.`,
    undoing: (undone, ran) =>
      `${undone} wurden bisher zurückgenommen; ${ran} hatten schon begonnen.`,
    undone: (undone, ran) =>
      `${undone} wurden zurückgenommen; ${ran} hatten schon begonnen und bleiben.`,
  },
  because: { paused: 'Es wartet auf jemanden:', failed: 'Warum:' },
  notBegun: (duration) =>
    `Seit ${duration} hat niemand begonnen. Das tut der Prozess, der die Flotte führt: Läuft einer?`,
  silent: (duration) =>
    `Seit ${duration} ist nichts davon zu hören. Der Prozess, der die Flotte führt, trägt es weiter; endet er, übernimmt ein anderer.`,
  figures: {
    of: 'Behandelt',
    done: {
      replay: 'Eingereiht',
      discard: 'Verworfen',
      retry: 'Neu versucht',
      promote: 'Vorgezogen',
      remove: 'Entfernt',
      move: 'Verschoben',
    },
    failed: 'Gescheitert',
    skipped: 'Unberührt',
    rate: 'Tempo jetzt',
    left: 'Restzeit',
  },
  perSecond: (n) => `${n}/s`,
  outcome: {
    title: 'Nicht wie geplant',
    clean: 'Nichts.',
    skipped: 'Unberührt',
    failed: (n) => `${n} gescheitert`,
    alone: (n) =>
      n === 1
        ? '1 Job wurde ohne seinen Eltern-Job eingereiht, den es nicht mehr gibt.'
        : `${n} Jobs wurden ohne ihre Eltern-Jobs eingereiht, die es nicht mehr gibt.`,
  },
  asked: 'Der Auftrag',
  toQueue: 'Nach',
  jobs: 'Gescheiterte Jobs',
  jobsToo: 'werden mit entfernt',
  jobsStay: 'bleiben',
  pace: 'Tempo',
  atOnce: 'so schnell es geht',
  canary: 'Einige zuerst',
  canarySays: (count, wait, tolerated) =>
    `${count} mit ${wait} Zeit; höchstens ${tolerated} dürfen wieder sterben`,
  createdAt: 'Beauftragt',
  finishedAt: 'Beendet',
  after: (duration) => `nach ${duration}`,
  id: 'Id',
  patch: 'Änderungen an den Daten',
  toGroup: 'Zur Ursache',
  acts: { pause: 'Anhalten', resume: 'Fortsetzen', abort: 'Abbrechen …', undo: 'Zurücknehmen …' },
  done: {
    pause: 'Angehalten: Es geschieht nichts mehr.',
    resume: 'Es geht weiter.',
    abort: 'Es ist beendet.',
    undo: 'Es wird zurückgenommen.',
  },
  confirm: {
    abort: {
      title: 'Abbrechen',
      does: 'Aktion beenden',
      says: (done, left, canUndo) =>
        `${left} bleiben, wie sie sind. ${done} sind getan und bleiben es${canUndo ? '; was davon noch nicht begonnen hat, lässt sich danach zurücknehmen' : ''}. Fortsetzen lässt es sich nicht.`,
    },
    undo: {
      title: 'Zurücknehmen',
      does: 'Zurücknehmen',
      says: (done) =>
        `Von den ${done} Jobs, die eingereiht wurden, werden die noch nicht begonnenen wieder zu toten Jobs, die neuesten zuerst. Was begonnen hat, bleibt.`,
    },
  },
};
