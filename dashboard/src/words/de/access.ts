/** Words of the screen “Access”. German. */
import type { Words } from '../en/index.ts';

/** German. */
export const access: Words['access'] = {
  title: 'Zugang',
  me: 'Sie',
  name: 'Name',
  everyQueue: 'für jede Queue',
  nothing: 'Sie dürfen hier nichts. Fragen Sie, wer diesen Server betreibt.',
  tokens: 'API-Tokens',
  noTokens: 'Es gibt keine Tokens.',
  make: 'Neues Token',
  columns: {
    name: 'Name',
    state: 'Zustand',
    may: 'Darf',
    used: 'Zuletzt benutzt',
    expires: 'Gültig bis',
    by: 'Angelegt von',
    acts: 'Tun',
  },
  isGood: 'gültig',
  isExpired: 'abgelaufen',
  isRevoked: 'widerrufen',
  revoke: 'Widerrufen',
  revoked: 'Das Token gilt nicht mehr',
  revokeSays: (name) =>
    `Was das Token „${name}“ benutzt, wird binnen Sekunden abgewiesen. Das lässt sich nicht rückgängig machen; ein neues Token lässt sich anlegen.`,
  may: 'Es darf',
  roles: {
    viewer: 'alles außer geheimen Feldern sehen',
    operator: 'auch Jobs ausführen, ändern und entfernen und Queues anhalten',
    admin: 'alles',
  },
  single: 'Einzelne Rechte',
  queues: 'Für welche Queues',
  queuesHint: 'Namen, `*` steht für jeden Text. Leer: für jede Queue.',
  expires: 'Gültig für',
  expiresHint: 'Etwa 30d oder 12h; höchstens zwei Jahre.',
  secretOf: (name) => `Das Geheimnis von „${name}“`,
  once: 'Es wird nur dieses eine Mal gezeigt. Bewahren Sie es auf, wo Geheimnisse aufbewahrt werden.',
};
