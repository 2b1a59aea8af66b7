/**
 * Failures as they come in production: forty causes, and in every message other ids, paths and values.
 *
 * Some causes are near twins: the same message from another place, of another type, or with another code word.
 * Everything comes from a seed.
 */

/** One failure, and which cause it has. */
export interface GeneratedFailure {
  readonly cause: number;
  readonly type: string;
  readonly message: string;
  readonly stack: string;
}

type Frame = readonly [name: string, file: string];
type Cause = readonly [type: string, message: (draw: Draw) => string, frames: readonly Frame[]];

/** Random values from a seed (the generator "mulberry32"). */
class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  number(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  int(most: number): number {
    return Math.floor(this.number() * (most + 1));
  }
  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length - 1)]!;
  }
  some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: 1 + this.int(most - 1) }, make);
  }
  text(alphabet: string, length: number): string {
    return Array.from({ length }, () => alphabet[this.int(alphabet.length - 1)]).join('');
  }
  hex(length: number): string {
    return this.text('0123456789abcdef', length);
  }
  uuid(): string {
    return [8, 4, 4, 4, 12].map((length) => this.hex(length)).join('-');
  }
  nanoid(): string {
    return this.text(`${LETTERS}${LETTERS.toUpperCase()}0123456789_-`, 21);
  }
  base64(length: number): string {
    return `${this.text(`${LETTERS}${LETTERS.toUpperCase()}0123456789+/`, length)}=`;
  }
  id(): string {
    return this.pick([
      () => String(this.int(10_000_000)),
      () => this.uuid(),
      () => this.nanoid(),
      () => this.hex(24),
      () => this.hex(8),
      () => `0${this.text('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 25)}`,
      () => `usr_${this.text(`${LETTERS}0123456789`, 12)}${this.int(9)}`,
    ])();
  }
  word(): string {
    return this.pick(['summer', 'invoice', 'Ångström', 'a b', "O'Brien", 'x', 'Zürich', 'report']);
  }
  ip(): string {
    const four = (): string => Array.from({ length: 4 }, () => this.int(255)).join('.');
    const six = `2001:db8:${this.hex(4)}:${this.hex(2)}::${this.hex(3)}1`;
    return `${this.number() < 0.8 ? four() : six}:${1 + this.int(65_000)}`;
  }
  time(): string {
    const date = new Date(1_700_000_000_000 + this.int(60_000_000_000));
    return this.pick([date.toISOString(), date.toUTCString(), date.toString()]);
  }
  duration(): string {
    return this.pick([`${this.int(9_000)}ms`, `${this.int(90)}s`, `${this.int(90) / 10} seconds`]);
  }
  path(): string {
    const names = this.some(5, () => this.pick([this.word().replace(/\W/g, ''), this.id()]));
    return `/var/uploads/${names.join('/')}/${this.id()}.jpg`;
  }
  url(): string {
    return `https://${this.pick(['api', 'cdn', 'eu-1'])}.example.com/v1/${this.id()}?t=${this.int(9_999)}`;
  }
  email(): string {
    return `${this.text(LETTERS, 6)}.${this.int(99)}@${this.text(LETTERS, 8)}.example.com`;
  }
  json(): string {
    const items = this.some(6, () => ({ id: this.id(), name: this.word(), at: this.time() }));
    return JSON.stringify({ user: this.int(999), items });
  }
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const GALLERY: Frame[] = [
  ['renderGallery', 'gallery.js'],
  ['Page.render', 'page.js'],
  ['handle', 'web.js'],
];
const FEED: Frame[] = [
  ['renderFeed', 'feed.js'],
  ['Page.render', 'page.js'],
  ['handle', 'web.js'],
];
const HTTP: Frame[] = [
  ['Client.send', 'client.js'],
  ['fetchPrice', 'prices.js'],
  ['handle', 'prices.js'],
];
const STORE: Frame[] = [
  ['Store.find', 'store.js'],
  ['handle', 'orders.js'],
];
const FILES: Frame[] = [
  ['readUpload', 'uploads.js'],
  ['resize', 'resize.js'],
  ['handle', 'photos.js'],
];
const MAIL: Frame[] = [
  ['Mailer.send', 'mailer.js'],
  ['handle', 'mails.js'],
];
const PAY: Frame[] = [
  ['charge', 'payments.js'],
  ['handle', 'orders.js'],
];

const CAUSES: readonly Cause[] = [
  ['TypeError', () => "Cannot read properties of undefined (reading 'map')", GALLERY],
  ['TypeError', () => "Cannot read properties of undefined (reading 'map')", FEED],
  ['TypeError', () => "Cannot read properties of undefined (reading 'length')", GALLERY],
  ['Error', (draw) => `connect ECONNREFUSED ${draw.ip()}`, HTTP],
  ['Error', (draw) => `connect ETIMEDOUT ${draw.ip()}`, HTTP],
  ['Error', (draw) => `read ECONNRESET ${draw.ip()}`, HTTP],
  ['AxiosError', () => 'Request failed with status code 404', HTTP],
  ['AxiosError', () => 'Request failed with status code 503', HTTP],
  ['AxiosError', () => 'Request failed with status code 429', HTTP],
  ['Error', (draw) => `${draw.url()} answered HTTP 502 after ${draw.duration()}`, HTTP],
  ['TimeoutError', (draw) => `job ${draw.id()} got no answer within ${draw.duration()}`, HTTP],
  ['Error', (draw) => `job ${draw.id()} got no answer within ${draw.duration()}`, HTTP],
  [
    'SyntaxError',
    (draw) => `Unexpected token '<', "<p>${draw.word()} "${draw.id()}"... is not valid JSON`,
    HTTP,
  ],
  [
    'SyntaxError',
    (draw) =>
      `Expected ',' or '}' after property value in JSON at position ${draw.int(9_999)} (line 1 column ${draw.int(9_999)})`,
    HTTP,
  ],
  [
    'ZodError',
    (draw) =>
      JSON.stringify(
        draw.some(4, () => ({
          code: 'invalid_type',
          path: [draw.word(), draw.int(9)],
          message: draw.word(),
        })),
        null,
        2,
      ),
    STORE,
  ],
  [
    'PrismaClientKnownRequestError',
    (draw) =>
      `\nInvalid \`prisma.user.create()\` invocation in\n${draw.path()}:${draw.int(99)}:${draw.int(99)}\n\nUnique constraint failed on the fields: (\`email\`)`,
    STORE,
  ],
  [
    'MongoServerError',
    (draw) =>
      `E11000 duplicate key error collection: shop.users index: email_1 dup key: { email: "${draw.email()}" }`,
    STORE,
  ],
  [
    'error',
    (draw) =>
      `insert or update on table "orders" violates foreign key constraint, key (user)=(${draw.id()})`,
    STORE,
  ],
  ['Error', (draw) => `ENOENT: no such file or directory, open '${draw.path()}'`, FILES],
  ['Error', (draw) => `EACCES: permission denied, open '${draw.path()}'`, FILES],
  ['Error', () => 'ENOSPC: no space left on device, write', FILES],
  ['RangeError', () => 'Invalid array length', GALLERY],
  ['RangeError', () => 'Maximum call stack size exceeded', GALLERY],
  ['Error', (draw) => `user ${draw.id()} not found`, STORE],
  ['Error', (draw) => `order ${draw.id()} not found`, STORE],
  ['Error', (draw) => `user ${draw.id()} was suspended at ${draw.time()}`, STORE],
  ['StripeCardError', (draw) => `Your card was declined. (request req_${draw.hex(14)}4)`, PAY],
  ['StripeInvalidRequestError', (draw) => `No such customer: 'cus_${draw.nanoid()}'`, PAY],
  [
    'NoSuchKey',
    (draw) =>
      `The specified key does not exist. RequestId: ${draw.hex(16).toUpperCase()}, HostId: ${draw.base64(75)}`,
    FILES,
  ],
  ['TokenExpiredError', (draw) => `jwt expired at ${draw.time()} for ${draw.email()}`, PAY],
  [
    'JsonWebTokenError',
    (draw) => `invalid signature of eyJ${draw.nanoid()}.${draw.nanoid()}.${draw.nanoid()}`,
    PAY,
  ],
  [
    'LockError',
    (draw) => `lost the lock of ${draw.id()} after ${draw.duration()}, ${draw.int(9)} retries left`,
    STORE,
  ],
  [
    'Error',
    (draw) =>
      `${draw.int(9_000)}x${draw.int(9_000)} pixels are ${draw.int(100)}% more than allowed: IMG_${draw.int(9_999)}.jpg`,
    FILES,
  ],
  [
    'Error',
    (draw) =>
      `Command failed: ffmpeg -i ${draw.path()} -vf scale=${draw.int(4_000)}:-1 ${draw.path()}`,
    FILES,
  ],
  [
    'Error',
    (draw) =>
      `recipient ${draw.email()} rejected: ${draw.int(599)} ${draw.int(9)}.${draw.int(9)}.${draw.int(9)}`,
    MAIL,
  ],
  [
    'ReplyError',
    (draw) =>
      `READONLY You can't write against a read only replica. script: ${draw.hex(40)}, on @user_script:${draw.int(99)}.`,
    STORE,
  ],
  ['Error', (draw) => `segment at 0x${draw.hex(12)} of ${draw.path()} is damaged`, FILES],
  ['Error', (draw) => `checksum mismatch: expected ${draw.hex(64)}, got ${draw.hex(64)}`, FILES],
  [
    'AggregateError',
    (draw) => `uploads failed: ${draw.some(6, () => draw.path()).join(', ')}`,
    FILES,
  ],
  ['EventError', (draw) => `cannot apply ${draw.json()}`, STORE],
];

/** How many causes there are. */
export const CAUSE_COUNT: number = CAUSES.length;

/** `count` failures; the same seed gives the same ones. Some causes are far more frequent than others. */
export function* generateFailures(count: number, seed: number): Generator<GeneratedFailure> {
  const draw = new Draw(seed);
  for (let i = 0; i < count; i += 1) {
    // Each cause at least once; then the first of a random order of few hundred times the last.
    const cause = i < CAUSE_COUNT ? i : Math.floor(CAUSE_COUNT * draw.number() ** 2);
    const [type, message, frames] = CAUSES[cause]!;
    const text = message(draw);
    yield { cause, type, message: text, stack: stackOf(draw, `${type}: ${text}`, frames) };
  }
}

/** Lines, folders, content hashes and what Node adds differ between releases and hosts. */
function stackOf(draw: Draw, head: string, frames: readonly Frame[]): string {
  const folder = draw.pick([
    '/srv/app/dist',
    'file:///home/node/app',
    'C:\\app\\dist',
    '/app/.next/server',
  ]);
  const at = (): string => `:${1 + draw.int(900)}:${1 + draw.int(90)}`;
  const lines = frames.map(([name, file]) => {
    const hashed = draw.number() < 0.3 ? file.replace('.js', `-${draw.hex(7)}1.js`) : file;
    const separator = folder.includes('\\') ? '\\' : '/';
    return `    at ${draw.pick(['', 'async '])}${name} (${folder}${separator}${hashed}${at()})`;
  });
  const own =
    '    at Worker.processJob (/srv/app/node_modules/bullmq/dist/cjs/classes/worker.js:1:1)';
  const node = '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)';
  return [head, ...lines, ...(draw.number() < 0.5 ? [node] : []), own].join('\n');
}
