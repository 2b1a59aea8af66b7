/**
 * Says in words why a server could not load its data, from the last lines of its log. Pure.
 */

/** Version of the RDB format → who writes it first. */
const WRITERS: readonly (readonly [rdbVersion: number, program: string])[] = [
  [9, 'Redis 5.0'],
  [10, 'Redis 7.0'],
  [11, 'Redis 7.2 or Valkey 7.2'],
  [12, 'Redis 7.4'],
  [80, 'Valkey 9.0'],
];

/** What a log says → what that means. The first that fits is told. */
const CAUSES: readonly (readonly [said: RegExp, meaning: string])[] = [
  [
    /no matching module type '([^']*)'|module data I can't load/,
    'it holds data of a module that this server lacks',
  ],
  [/Wrong RDB checksum/, 'its own checksum is wrong: it was changed or damaged'],
  [/Short read|Unexpected EOF/, 'it is cut short'],
  [/Wrong signature|Bad file format/, 'it is no data of Redis'],
  [/Internal error in RDB|Terminating server after rdb file/, 'it is damaged'],
  [/Bad file format reading the append only file/, 'the append-only file is damaged'],
];

/** Why a server ended while it loaded. @param lines of its log @param ending how it ended, such as `exit code 1` */
export function loadFailure(lines: readonly string[], ending: string): string {
  const log = lines.join('\n');
  const newer = /Can't handle RDB format version (\d+)/.exec(log);
  if (newer) return newerFormat(Number(newer[1]), log);
  for (const [said, meaning] of CAUSES) if (said.test(log)) return meaning;
  if (/Cannot allocate memory|Out Of Memory|\bSIGKILL\b/i.test(`${log} ${ending}`))
    return 'this machine has too little memory for it';
  return `the server ended (${ending}): ${lines.slice(-3).join(' | ') || 'it logged nothing'}`;
}

function newerFormat(rdbVersion: number, log: string): string {
  const [, program = 'Redis', version = 'of an unknown version'] =
    /\b(Redis|Valkey) version=([\w.]+)/.exec(log) ?? [];
  const writer = WRITERS.findLast(([from]) => from <= rdbVersion)?.[1] ?? 'Redis';
  return `it was made by a newer server (RDB ${rdbVersion}, as ${writer} writes it); this ${program} ${version} cannot read that: install ${writer} or later and name it with --redis-server`;
}
