/**
 * An error's message without what changes from job to job: what two failures of one cause have in common. Pure.
 *
 * Rules run in the order of this file: what is enclosed, what has a form of its own (URL, e-mail, token, path,
 * time, address), then word by word what holds a digit or reads like nothing. Ids, numbers and times share one
 * mark, since an id of digits alone must not look like another cause. Only the beginning of a message is looked
 * at, and every pattern has bounded repetitions, so that a hostile message costs no more than another.
 */
import { blankEnclosed, TEXT } from './blank-enclosed.ts';
import { isRandomWord } from './random-word.ts';

/** How much of a message is looked at, in characters. */
const LOOKED_AT = 2_048;

const VALUE = '<value>';
const PATH = '<path>';
const ADDRESS = '<address>';

const DAY = 'Mon|Tue|Wed|Thu|Fri|Sat|Sun';
const MONTH = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';

type Rule = readonly [pattern: RegExp, put: string | ((match: string) => string)];

/** Marks of our own; and V8 quotes a piece of the text that it could not parse, with quotes and braces in it. */
const BEFORE_ENCLOSED: readonly Rule[] = [
  // What stands for a secret value.
  [/<hidden(?: (?:local-)?[0-9a-f]{8})?>/g, VALUE],
  [/(?:\.{3})?"[\s\S]*"(?:\.{3})? is not valid JSON/, `${TEXT} is not valid JSON`],
  [/Unexpected token \S{1,8} in JSON/, `Unexpected token ${TEXT} in JSON`],
];

const FORMS: readonly Rule[] = [
  // A scheme and whatever follows.
  [/(?<!\w)[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'`<>)\]}]+/gi, '<url>'],
  [/(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g, '<email>'],
  // JSON web tokens, then base64: long, and with what words lack.
  [/(?<![\w-])eyJ[\w-]{8,}(?:\.[\w-]*){1,4}/g, VALUE],
  [/(?<![\w+/=.~-])[A-Za-z0-9+/]{20,}={1,2}(?![\w/=])/g, VALUE],
  [/(?<![\w+/=.~-])[\w+-][\w+/-]{19,}={0,2}(?![\w/])/g, (word) => (isToken(word) ? VALUE : word)],
  // Windows, Unix, relative with an extension, a lone file of data.
  [/(?<!\w)(?:[A-Za-z]:[\\/]|\\\\)[^\s:*?"'<>|]+(?::\d+){0,2}/g, PATH],
  [/(?<![\w<>/.~-])(?:~|\.{1,2})?\/[^\s:;,"'`<>()[\]{}|]+(?::\d+){0,2}/g, PATH],
  [/(?<![\w./<>-])(?:[\w.@-]{1,100}\/){1,40}[\w.@-]{0,100}\.[A-Za-z]\w{0,5}(?::\d+){0,2}/g, PATH],
  [
    /(?<![\w./<>-])[\w-]{1,200}\.(?:jpe?g|png|gif|webp|avif|heic|svg|tiff?|pdf|csv|tsv|xlsx?|docx?|txt|xml|html?|zip|gz|tar|parquet|mp[34]|mov|wav|log|tmp)\b/gi,
    PATH,
  ],
  // ISO 8601, then what Date prints, then times of day.
  [
    /(?<!\w)\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?(?!\w)/g,
    VALUE,
  ],
  [
    new RegExp(
      `(?:(?:${DAY})[a-z]{0,6},? )?(?:(?:${MONTH})[a-z]{0,6} \\d{1,2}|\\d{1,2} (?:${MONTH})[a-z]{0,6}),? \\d{4}(?:,? \\d{1,2}:\\d{2}(?::\\d{2})?)?(?: ?[AP]M)?(?: (?:GMT|UTC)(?:[+-]\\d{4})?)?(?: \\([A-Z][A-Za-z ]{2,50}\\))?`,
      'g',
    ),
    VALUE,
  ],
  [/(?<![\w:.])\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,9})?(?: ?[AP]M)?(?![\w:])/g, VALUE],
  // IPv4 and IPv6, with port or mask.
  [/(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5}|\/\d{1,2})?(?![\w.]\d)/g, ADDRESS],
  [
    /(?<![\w:<])\[?(?:[0-9a-f]{0,4}:){2,7}(?:[0-9a-f]{1,4}|<address>)?(?:%\w{1,15})?\]?(?::\d{1,5}|\/\d{1,3})?(?!\w)/gi,
    (word) => (/\d/.test(word) || word.startsWith('::<') ? ADDRESS : word),
  ],
];

const WORDS = /[A-Za-z0-9_-]+/g;
const HEX_LETTERS = /^[a-f]{6,}$/i;
/** Right before a number that is a cause: `status code 404`, `HTTP/1.1 503`, `errno: -111`. */
const CODE_BEFORE = /(?:status|code|errno|\bhttp(?:\/[\d.]{1,3})?)["']?[\s:=#(]{0,3}$/i;
const EXIT_CODE_BEFORE = /\bexit(?:ed)? (?:with )?(?:code|status):? $|\berrno:? $/i;
const ID_BEFORE = /(?:id|key|token|hash)=$|#$/i;
const LOOK_BACK = 24;
/** In a relative path. */
const LONGEST_FOLDER = 16;
/** Names with a digit in them that are the same for everybody. */
const NAMES = new Set(
  'e2big e11000 s3 ec2 http2 http3 h2 ipv4 ipv6 utf8 utf-8 utf16 utf-16 base64 base64url md5 sha1 sha256 sha512 oauth2 i18n k8s win32 x86_64 x64 arm64 mp3 mp4 h264'.split(
    ' ',
  ),
);
const CONSTANT = /^(?:ERR_[A-Z0-9_]+|ORA-\d{5})$/;

const JOINED: readonly Rule[] = [
  // 1.5 · 1,000 · 10:30
  [/<value>(?:[.,:/+-]<value>)+/g, VALUE],
  [
    /<value> ?(?:ms|[µn]s|s|secs?|seconds?|min|mins|minutes?|h|hours?|d|days?|bytes?|[KMGTk]i?B|px)\b|<value> ?%/g,
    VALUE,
  ],
  // A list of anything: 1, 2, 3
  [/<value>(?:[,;| ]{1,2}<value>)+/g, VALUE],
  [/(<(?:text|json|url|email|path|address)>)(?:\s?[,;|]\s?(?:and |or )?\1)+/g, '$1'],
  // One retry, two retries; one item, two items.
  [/(<value> [a-z]{2,40})ies\b/g, '$1y'],
  [/(<value> [a-z]{2,40})s\b/g, '$1'],
  [/\s+/g, ' '],
];

/** The message with marks in the place of what changes. */
export function normaliseMessage(message: string): string {
  const isCut = message.length > LOOKED_AT;
  const looked = isCut ? untilWord(message.slice(0, LOOKED_AT)) : message;
  const prepared = apply(BEFORE_ENCLOSED, looked);
  const formed = apply(FORMS, blankEnclosed(prepared, isCut));
  return apply(JOINED, formed.replace(WORDS, normaliseWord)).trim();
}

/** The last word was cut where another message's is not: it goes. A text without a space stays. */
function untilWord(text: string): string {
  const space = text.lastIndexOf(' ');
  return space < 0 ? text : text.slice(0, space);
}

function apply(rules: readonly Rule[], text: string): string {
  return rules.reduce(
    (result, [pattern, put]) => result.replace(pattern, put as (match: string) => string),
    text,
  );
}

function normaliseWord(word: string, at: number, text: string): string {
  const before = text.slice(Math.max(0, at - LOOK_BACK), at);
  if (ID_BEFORE.test(before)) return VALUE;
  if (!/\d/.test(word)) return HEX_LETTERS.test(word) || isRandomWord(word) ? VALUE : word;
  const isCause =
    NAMES.has(word.toLowerCase()) ||
    CONSTANT.test(word) ||
    (/^(?:[1-9]\d{2}|P\d{4})$/.test(word) && CODE_BEFORE.test(before)) ||
    (/^-?\d{1,3}$/.test(word) && EXIT_CODE_BEFORE.test(before));
  return isCause ? word : VALUE;
}

/** Of what looks like a relative path, only one with a part that no folder is called. */
function isToken(word: string): boolean {
  if (CONSTANT.test(word)) return false;
  const parts = word.split('/');
  return parts.some(
    (part) =>
      (parts.length === 1 || part.length > LONGEST_FOLDER || part.endsWith('=')) &&
      (/[\d+=]/.test(part) || isRandomWord(part)),
  );
}
