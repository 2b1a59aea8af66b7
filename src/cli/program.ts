/**
 * The command line as commander has it, made from the table.
 *
 * Nothing but the table and commander is loaded until a command acts: whatever a command needs is imported then.
 */
import { Argument, CommanderError, Option as Flag, Command as Program } from 'commander';
import { VERSION } from '../version.ts';
import type { Command, Option } from './command.ts';
import { EVERYWHERE, NOUNS, optionsOf } from './command-table.ts';

/** What was typed for a command. */
export interface Typed {
  readonly args: readonly string[];
  /** By name in camel case: those of the command, and those that every command takes. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Does a command; resolves to the exit code. */
export type Act = (command: Command, typed: Typed) => Promise<number>;

/** Exit code of a command line that cannot be understood. */
export const USAGE = 2;

/** Longest line of help. */
const WIDTH = 80;

/** Reads a command line and has it done; resolves to the exit code. */
export async function runProgram(argv: readonly string[], act: Act): Promise<number> {
  const outcome = { code: 0 };
  const isJson = argv.includes('--json');
  const program = createProgram(async (command, typed) => {
    outcome.code = await act(command, typed);
    return outcome.code;
  }, isJson);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return outcome.code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const isAnswered = ['commander.helpDisplayed', 'commander.version'].includes(error.code);
    if (isAnswered || error.exitCode === 0) return 0;
    if (isJson) process.stderr.write(usageError(error));
    return USAGE;
  }
}

/** What is wrong with a command line, as errors are told to programs. */
function usageError({ code, message }: CommanderError): string {
  const isVerbless = code === 'commander.help';
  const told = isVerbless ? 'no command was given' : printable(message.replace(/^error: /, ''));
  const remedy = '--help shows what is possible';
  const error = { code: 'USAGE', message: told, remedy, flag: null };
  return `${JSON.stringify({ error }, null, 2)}\n`;
}

/** The whole program. @param isJson whoever reads is a program, and what is wrong is told in another way */
export function createProgram(act: Act, isJson = false): Program {
  const adapted = (program: Program): Program => outfit(program, isJson);
  const program = adapted(new Program('drover'))
    .description('The job queue coordinator for BullMQ: operate any BullMQ deployment.')
    .usage('<command> [flags]')
    .version(VERSION, '-V, --version', 'the version')
    .helpCommand('help [command]', 'the same as --help');
  addExamples(program, ['status', 'queue list --json', 'serve', 'doctor']);
  for (const option of EVERYWHERE) program.addOption(toFlag(option));
  for (const noun of NOUNS) {
    const [first] = noun.commands;
    if (first!.path.length === 1) {
      addCommand(program, first!, act, adapted);
      continue;
    }
    const group = adapted(program.command(noun.name)).description(noun.says).helpCommand(false);
    group.configureHelp({ helpWidth: WIDTH, showGlobalOptions: false });
    if (noun.alias) group.alias(noun.alias);
    addExamples(
      group,
      noun.commands.map(({ examples }) => examples[0]!),
    );
    for (const command of noun.commands) addCommand(group, command, act, adapted);
  }
  return program;
}

function addCommand(
  parent: Program,
  command: Command,
  act: Act,
  adapted: (program: Program) => Program,
): void {
  const [noun, verb] = command.path;
  const program = adapted(parent.command(verb ?? noun, { isDefault: command.isDefault ?? false }));
  program.description(command.says);
  for (const { name, says, isOptional, isMany } of command.arguments ?? []) {
    const inner = `${name}${isMany ? '...' : ''}`;
    program.addArgument(new Argument(isOptional ? `[${inner}]` : `<${inner}>`, says));
  }
  for (const option of optionsOf(command)) program.addOption(toFlag(option));
  addExamples(program, command.examples);
  program.action(async () => {
    await act(command, { args: program.args, options: program.optsWithGlobals() });
  });
}

function toFlag({ flags, says, choices, isRequired }: Option): Flag {
  const flag = new Flag(flags, says);
  if (choices) flag.choices([...choices]);
  // Commander presets the flags that begin with --no to true.
  if (flag.negate) flag.default(undefined);
  return flag.makeOptionMandatory(isRequired ?? false);
}

/** One way for all: errors are thrown, help is 80 columns wide, and only what commands add is of their own. */
function outfit(program: Program, isJson: boolean): Program {
  return program
    .exitOverride()
    .showSuggestionAfterError(true)
    .showHelpAfterError('(--help shows what is possible)')
    .configureHelp({ helpWidth: WIDTH, showGlobalOptions: true })
    .configureOutput({
      writeErr: (text) => void (isJson || process.stderr.write(printable(text))),
      writeOut: (text) => process.stdout.write(text),
    })
    .helpOption('-h, --help', 'show this');
}

function addExamples(program: Program, examples: readonly string[]): void {
  program.addHelpText(
    'before',
    `Examples:\n${examples.map((each) => `  drover ${each}`).join('\n')}\n`,
  );
}

/** What was typed is part of what commander says of it: nothing that a terminal obeys, and no password of an address. */
function printable(text: string): string {
  return text.replace(/[^\P{C}\n]/gu, '').replace(/(:\/\/[^\s:@/]*:)[^\s@]*@/g, '$1***@');
}
