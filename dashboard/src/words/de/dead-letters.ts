/** Words of the screen “Dead letters”. German. */
import type { Words } from '../en/index.ts';

const jobs = (n: number): string => (n === 1 ? '1 Job' : `${n} Jobs`);
const causes = (n: number): string => (n === 1 ? 'Die Ursache' : `${n} Ursachen`);
const are = (n: number): string => (n === 1 ? 'ist' : 'sind');

/** German. */
export const deadLetters: Words['deadLetters'] = {
  title: 'Tote Jobs',
  group: 'Ursache',
  letter: 'Toter Job',
  letters: 'Ihre toten Jobs',
  facts: 'Angaben',
  states: 'Zustände',
  tabs: { open: 'Offen', resolved: 'Behoben', ignored: 'Ignoriert' },
  groupStates: {
    open: 'offen',
    regressed: 'wieder da',
    resolved: 'behoben',
    ignored: 'ignoriert',
  },
  letterStates: { dead: 'tot', replayed: 'erneut eingereiht', discarded: 'verworfen' },
  says: {
    open: 'Jobs, die nicht mehr versucht werden, nach Ursache. Das Neueste steht oben.',
    resolved: 'Ursachen, die jemand für behoben erklärt hat. Kehrt eine wieder, ist sie offen.',
    ignored: 'Ursachen, die nur gezählt werden, auch wenn sie wiederkehren.',
  },
  caption: {
    open: 'Offene Ursachen',
    resolved: 'Behobene Ursachen',
    ignored: 'Ignorierte Ursachen',
  },
  empty: {
    open: (queue) =>
      queue === null
        ? 'Kein Job ist an einer offenen Ursache gestorben.'
        : `Kein Job von ${queue} ist an einer offenen Ursache gestorben.`,
    resolved: () => 'Keine Ursache ist behoben.',
    ignored: () => 'Keine Ursache wird ignoriert.',
  },
  most: (n) => `Das sind die ${n} zuletzt gesehenen Ursachen. Für andere wählen Sie eine Queue.`,
  queue: 'Queue',
  allQueues: (n) => `Alle Queues (${n} aufbewahrt)`,
  ofQueue: (queue, n) => `${queue} (${n} aufbewahrt)`,
  noType: 'Fehler ohne Namen',
  andMore: (n) => `+ ${n}`,
  lastDay: (n) => `${n} in den letzten 24 Stunden`,
  inAllQueues: (n) => `${n} in allen Queues`,
  selectNone: 'Nichts auswählen',
  columns: {
    cause: 'Ursache',
    count: 'Tode',
    day: 'Letzte 24 Stunden',
    jobs: 'Jobs',
    queues: 'Queues',
    versions: 'Versionen',
    first: 'Zuerst gesehen',
    last: 'Zuletzt gesehen',
    id: 'Id',
    jobName: 'Job',
    state: 'Zustand',
    attempts: 'Versuche',
    deaths: 'Tode',
    version: 'Version',
    size: 'Daten',
    died: 'Gestorben',
  },
  onlyVersion: 'Nur in Version',
  by: (name) => `durch ${name}`,
  acts: {
    replay: 'Erneut einreihen …',
    edit: 'Ändern und einreihen …',
    discard: 'Verwerfen …',
    resolve: 'Behoben',
    ignore: 'Ignorieren',
    reopen: 'Wieder öffnen',
  },
  done: {
    resolve: (n) => `${causes(n)} ${are(n)} behoben.`,
    ignore: (n) => `${causes(n)} ${n === 1 ? 'wird' : 'werden'} ab jetzt ignoriert.`,
    reopen: (n) => `${causes(n)} ${are(n)} wieder offen.`,
  },
  undo: 'Rückgängig machen',
  undone: (n) => `${causes(n)} ${are(n)} wie zuvor.`,
  newest: {
    title: 'Der neueste',
    attempts: (n) => (n === 1 ? 'starb beim ersten Versuch' : `starb nach ${n} Versuchen`),
    on: (host) => `auf ${host}`,
    version: (version) => `in Version ${version}`,
    gone: 'Der neueste tote Job wird nicht mehr aufbewahrt. Diese Stellen im Code machen die Ursache aus.',
    other:
      'Der neueste Job ist seither an etwas anderem gestorben. Diese Stellen im Code machen diese Ursache aus.',
  },
  stack: 'Aufrufliste',
  redacted: 'Geheime Felder sind verborgen: Daten zu lesen gehört nicht zu Ihren Rechten.',
  hours: {
    caption: 'Tode je Stunde in den letzten 24 Stunden',
    bar: (from, n) => `${n} ab ${from}`,
    most: (n) => `höchstens ${n} in einer Stunde`,
    now: 'jetzt',
  },
  filter: {
    label: 'Filter der toten Jobs',
    example: 'name:resize error:"no answer" after:2h attempts:>=3',
    does: 'Filtern',
    clear: 'Alle zeigen',
  },
  replayMatching: 'Alle passenden einreihen …',
  discardMatching: 'Alle passenden verwerfen …',
  noLetters:
    'Hier wird kein toter Job dieser Ursache aufbewahrt: Sie wurden verworfen, sind zu alt oder seither an etwas anderem gestorben.',
  noMatch: 'Von den durchgesehenen toten Jobs passt keiner.',
  looked: (n) => `Bisher ${n} durchgesehen.`,
  lookFurther: 'Weiter suchen',
  export: {
    does: 'Exportieren',
    tooMany: 'Für eine Adresse sind zu viele ausgewählt: Filtern Sie stattdessen',
    begun: 'Die Datei wird zusammengestellt.',
    done: (n) => `${n} tote Jobs sind gespeichert.`,
  },
  plan: {
    counting: (queue) => `Zählt, was in ${queue} geschähe …`,
    replay: (n, queue) =>
      n === 0
        ? `In ${queue} lässt sich nichts erneut einreihen.`
        : `${jobs(n)} ${n === 1 ? 'käme' : 'kämen'} zurück in ${queue}.`,
    discard: (n, queue) =>
      n === 0
        ? `In ${queue} gibt es nichts zu verwerfen.`
        : `${n === 1 ? '1 toter Job' : `${n} tote Jobs`} von ${queue} ${n === 1 ? 'würde' : 'würden'} endgültig gelöscht.`,
    skipped: (n) => `${n} ${n === '1' ? 'bliebe' : 'blieben'} unberührt:`,
    skips: {
      alive: 'ein Job mit derselben Id existiert und ist nicht gescheitert',
      'already-replayed': 'schon erneut eingereiht',
      gone: 'es gibt keine Aufzeichnung mehr',
      newer: 'seither wieder gestorben, beendet oder neu hinzugefügt',
      discarded: 'schon aufgegeben',
      patch: 'die Änderung passt nicht zu den Daten',
      schema: 'die Daten verletzten das Schema der Queue',
      unreadable: 'aus dem Gespeicherten lässt sich kein Job machen',
      state: 'in einem Zustand, in dem das nicht geht',
      locked: 'ein Worker hält den Job oder eines seiner Kinder',
      scheduled: 'der nächste Lauf eines Zeitplans',
      family: 'hat Eltern oder Kinder, die ihn verlören',
      taken: 'die andere Queue hat schon einen Job mit dieser Id',
    },
    alone: (n) =>
      `${jobs(n)} ${n === 1 ? 'liefe' : 'liefen'} ohne den Eltern-Job, den es nicht mehr gibt.`,
    schema: {
      checked: 'Die geänderten Daten passen zum Schema der Queue.',
      unknown:
        'Niemand konnte die geänderten Daten prüfen: Dieser Server kennt das Schema der Queue nicht.',
    },
    problems: 'Manche Daten lassen es nicht zu. Das Ganze würde abgelehnt:',
    incomplete: (n) => `${n} wurden durchgesehen; es gibt mehr, und auch die kämen mit.`,
  },
  replay: {
    title: 'Erneut einreihen',
    counting: '…',
    does: (n, pace) => `${n} einreihen, ${pace} je Sekunde`,
    doesAtOnce: (n) => `${n} sofort einreihen`,
    keeps:
      'Jeder Job behält Id, Daten, Priorität und Optionen und beginnt mit neuen Versuchen. Was noch nicht begonnen hat, lässt sich später zurücknehmen.',
    started: (queues) => `Schon begonnen: ${queues}.`,
    edit: 'Vorher die Daten ändern',
    mayNotEdit: 'Daten zu ändern verlangt Rechte, die Sie nicht haben.',
  },
  pace: {
    label: 'Höchstens so viele je Sekunde',
    labelEach: 'Höchstens so viele je Sekunde, in jeder Queue',
    hint: 'Leer: so schnell es geht.',
    atOnce: 'So schnell es geht.',
    takes: (duration) => `Dauert etwa ${duration}. Leer: so schnell es geht.`,
    wrong: 'Hier muss eine Zahl über 0 stehen, oder nichts.',
  },
  canary: {
    wanted: 'Erst einige versuchen',
    send: 'Schicke',
    wait: 'voraus und gib ihnen',
    tolerate: 'Sekunden. Der Rest folgt, wenn davon höchstens',
    otherwise: 'wieder sterben; sonst halte an und warte auf mich.',
    fields: {
      count: 'Wie viele vorausgehen',
      seconds: 'Sekunden, die sie Zeit haben',
      tolerated: 'Wie viele davon wieder sterben dürfen',
    },
    wrong:
      '1 bis 1.000 gehen voraus, haben bis zu 86.400 Sekunden, und nicht alle dürfen wieder sterben.',
  },
  editing: {
    way: 'Wie sie geändert werden',
    ways: {
      example: (job) => `${job} als Beispiel ändern`,
      patch: () => 'JSON-Patch schreiben',
    },
    fields: { example: 'Daten des Beispiels', patch: 'Patch' },
    says: {
      example: 'Was Sie hier ändern, wird in den Daten jedes Jobs geändert, der eingereiht wird.',
      patch: 'RFC 6902: eine Liste wie [{ "op": "replace", "path": "/size", "value": 1024 }].',
    },
    changes: 'Was sich ändert',
    whole: 'alles',
    same: 'Noch ist nichts geändert: Die Daten gehen zurück, wie sie sind.',
    unreadable: 'Die Daten dieses toten Jobs sind nicht lesbar.',
  },
  discard: {
    title: 'Verwerfen',
    counting: '…',
    does: (n) => `${n} verwerfen`,
    queue: 'In welcher Queue',
    withJobs: 'Auch die gescheiterten Jobs entfernen',
    says: 'Die Aufzeichnungen werden gelöscht und lassen sich nicht wiederherstellen. Die gescheiterten Jobs bleiben in der Queue, und die Ursache behält ihre Zahlen.',
    saysWithJobs:
      'Die Aufzeichnungen und die gescheiterten Jobs werden gelöscht und lassen sich nicht wiederherstellen. Eltern, die auf einen davon warten, tun es nicht mehr. Die Ursache behält ihre Zahlen.',
  },
  letterOf: (name, job) => `${name} ${job}`,
  copyId: 'Id kopieren',
  data: 'Daten',
  options: 'Optionen',
  noOriginal:
    'Die Aufzeichnung ist nicht mehr vollständig: Dieser Job lässt sich nicht erneut hinzufügen.',
  host: 'Host',
  added: 'Hinzugefügt',
  lastReplay: 'Zuletzt eingereiht',
  job: 'Job',
  jobGone: 'fort',
  reconciled:
    'Nachträglich aufgezeichnet, da kein Worker von Drover ihn ausgeführt hat: Host, Version und Versuche sind nicht bekannt.',
  attempts: {
    title: 'Versuche',
    none: 'Es wurde kein Versuch aufgezeichnet.',
    number: (n) => `Versuch ${n}`,
    took: (duration) => `dauerte ${duration}`,
  },
};
