/**
 * What a command is: plain data, from which the program, its help, the completion and the reference are made.
 *
 * Shapes only, so that `--help` loads nothing: what a command does is loaded when it does it.
 */
import type { ActionName } from '../operations/actions.ts';

/**
 * How the text of a flag becomes a field: as it is, a number, JSON, JSON of data whose numbers keep all their digits, texts
 * parted by commas, a number or `none`.
 */
export type FieldKind = 'text' | 'number' | 'json' | 'data' | 'list' | 'number-or-none' | 'flag';

/** What follows a command without a flag. */
export interface Argument {
  /** Name of the field, too. */
  readonly name: string;
  readonly says: string;
  readonly as?: FieldKind;
  readonly isOptional?: true;
  /** Takes all that is left. */
  readonly isMany?: true;
}

/** A flag of a command. */
export interface Option {
  /** As commander has it: `--limit <n>`, `--full`. */
  readonly flags: string;
  readonly says: string;
  /** The field of the input, dots going inwards; null: not a field. @default the flag's name in camel case */
  readonly field?: string | null;
  readonly as?: FieldKind;
  readonly choices?: readonly string[];
  readonly isRequired?: true;
}

/** How a value is written for people. */
export type Format =
  | 'text'
  | 'number'
  | 'duration'
  | 'seconds'
  | 'time'
  | 'bytes'
  | 'ratio'
  | 'yes'
  | 'list'
  | 'grants'
  | 'counts'
  | 'json';

/** Title, path into the row, format. */
export type Column = readonly [title: string, path: string, format?: Format];

/** How an answer is shown. */
export type View =
  | {
      readonly kind: 'table';
      /** Where the rows are; the answer itself when it is not given. */
      readonly rows?: string;
      readonly columns: readonly Column[];
      /** Said when there are none. */
      readonly empty: string;
      /** The field that says whence a row is; those before the first of which anything is known are left out. */
      readonly source?: string;
    }
  /** Field by field: as the unit in its name says, or as is given here. */
  | { readonly kind: 'record'; readonly formats?: Readonly<Record<string, Format>> }
  | { readonly kind: 'text' | 'lines' | 'tree' | 'doctor' }
  /** One field of the answer, line by line. */
  | { readonly kind: 'field'; readonly field: string };

/** What must be confirmed: by yes, or by the name of the queue. */
export type Asks = 'yes' | 'name';

/** The form of a command that deals with many jobs, as a bulk action. */
export interface BulkForm {
  readonly kind: 'retry' | 'promote' | 'remove' | 'move';
  readonly asks: Asks;
}

/** What has code of its own. */
export type ProgramName =
  | 'serve'
  | 'top'
  | 'doctor'
  | 'completion'
  | 'backup-list'
  | 'backup-make'
  | 'backup-verify'
  | 'backup-restore'
  | 'backup-drill'
  | 'backup-rewind'
  | 'redis-size'
  | 'replay-group'
  | 'watch-bulk'
  | 'watch-overview';

/** A command. */
export interface Command {
  /** Noun and verb, or one word. */
  readonly path: readonly [string, string?];
  readonly says: string;
  readonly arguments?: readonly Argument[];
  readonly options?: readonly Option[];
  /** What it has done; none when a program of its own does all. */
  readonly action?: ActionName;
  /** Further actions that it asks for. */
  readonly alsoCalls?: readonly ActionName[];
  /** Fields that are always so. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  readonly view?: View;
  readonly asks?: Asks;
  /** `--dry-run`: a field of the action itself, or the action that plans it. */
  readonly dryRun?: 'field' | ActionName;
  readonly bulk?: BulkForm;
  /** The answer is a bulk action: it is followed to its end. */
  readonly follows?: true;
  /** Answers come from memory: straight to Redis, the process must have looked around first. */
  readonly looksAround?: true;
  /** It tells what a process holds in its memory: nothing that Redis knows. */
  readonly needsServer?: true;
  readonly program?: ProgramName;
  /** The field of the answer that may end the command with another code than 0, and which values do. */
  readonly endsBy?: { readonly field: string; readonly codes: Readonly<Record<string, number>> };
  /** `bulk list --limit 5`, without the name of the program. */
  readonly examples: readonly string[];
  /** The verb that is meant when only the noun is given. */
  readonly isDefault?: true;
}

/** A noun and its verbs; or a command of one word. */
export interface Noun {
  readonly name: string;
  readonly alias?: string;
  readonly says: string;
  readonly commands: readonly Command[];
}

/** The argument that most commands begin with. */
export const QUEUE: Argument = {
  name: 'queue',
  says: 'its name, or prefix:name under another prefix than "bull"',
};

/** Flags of lists that come in pages. */
export const PAGED: readonly Option[] = [
  { flags: '--limit <n>', says: 'at most so many rows', as: 'number' },
  { flags: '--cursor <text>', says: 'where the page before said that the next one begins' },
];
