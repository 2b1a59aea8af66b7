#!/usr/bin/env node
/**
 * The program `drover`: the command line, and the HTTP face for `drover serve`, which the command line may not know.
 */
import type { Serve } from '../cli/act.ts';
import { runProgram } from '../cli/program.ts';

// Shows in lists of processes in place of the arguments, which may hold a password.
process.title = 'drover';

const serve: Serve = async (work) => {
  const { serve: start } = await import('../cli/serve.ts');
  const { listenHttp } = await import('./listen-http.ts');
  return start(work, listenHttp);
};

/** Whatever nobody foresaw ends with one line: a trace tells people nothing. */
function giveUp(error: unknown): void {
  process.stderr.write(`drover: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

process.on('uncaughtException', giveUp);
const [first, ...rest] = process.argv.slice(2);
const done =
  first === '__complete'
    ? import('../cli/complete.ts').then(({ complete }) => complete(rest))
    : runProgram(process.argv.slice(2), async (command, typed) => {
        const { act } = await import('../cli/act.ts');
        return act(command, typed, serve);
      });
done.then((code) => process.exit(code), giveUp);
