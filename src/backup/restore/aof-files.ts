/**
 * The names in a data folder, and the manifest of an append-only file, which says what of the folder a server loads. Pure.
 *
 * A server with an append-only file loads what this manifest names and nothing else: to rename another one over it is to
 * change all data in one step.
 */

/** Names that a server is configured with. */
export interface DataNames {
  /** `appenddirname` */
  readonly folder: string;
  /** `appendfilename` */
  readonly file: string;
  /** `dbfilename` */
  readonly dump: string;
}

/** Those of the kit, which are Redis's own. */
export const USUAL_NAMES: DataNames = {
  ...{ folder: 'appendonlydir', file: 'appendonly.aof', dump: 'dump.rdb' },
};

/** A file that the manifest names. */
export interface AofFile {
  readonly name: string;
  readonly sequence: number;
  /** The base, what came since, or what is only kept. */
  readonly type: 'b' | 'i' | 'h';
}

/** The name of the manifest. */
export function aofManifestName({ file }: Pick<DataNames, 'file'>): string {
  return `${file}.manifest`;
}

/** Reads one; lines of other forms are left out. */
export function parseAofManifest(text: string): AofFile[] {
  return text.split('\n').flatMap((line) => {
    const [, quoted, plain, sequence, type] =
      /^file (?:"([^"]+)"|(\S+)) seq (\d+) type ([bih])\b/.exec(line) ?? [];
    const name = quoted ?? plain;
    return name ? [{ name, sequence: Number(sequence), type: type as AofFile['type'] }] : [];
  });
}

/** A server counts up by one with each rewrite: it does not come so far before whoever made these files is done. */
const AHEAD = 1_000;

/** A base and an empty file for what comes after it, with numbers beyond those of the names that are there. */
export function nextAofFiles(
  { file }: Pick<DataNames, 'file'>,
  present: readonly string[],
): AofFile[] {
  const used = present.flatMap((name) => {
    const number = name.startsWith(`${file}.`) && /^(\d+)\./.exec(name.slice(file.length + 1));
    return number ? [Number(number[1])] : [];
  });
  const sequence = used.length > 0 ? Math.max(...used) + AHEAD : 1;
  return [
    { name: `${file}.${sequence}.base.rdb`, sequence, type: 'b' },
    { name: `${file}.${sequence}.incr.aof`, sequence, type: 'i' },
  ];
}

/** As a server reads it. */
export function formatAofManifest(files: readonly AofFile[]): string {
  const lines = files.map(({ name, sequence, type }) => {
    const written = /[\s"]/.test(name) ? `"${name}"` : name;
    return `file ${written} seq ${sequence} type ${type}\n`;
  });
  return lines.join('');
}
