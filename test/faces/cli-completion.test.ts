/** Completion in real shells. */
import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DROVER, drover, type StandIn, startStandIn } from './command-line.ts';
import { hasTerminals, OnTerminal } from './on-terminal.ts';

const dir = mkdtempSync(join(tmpdir(), 'drover-completion-'));
let server: StandIn;
beforeAll(async () => {
  const names = ['mails', 'mail-archive', 'thumbnails', 'app:mails', 'two words'];
  const rows = names.map((queue) => ({ queue }));
  server = await startStandIn(() => [200, { rows, next: null }]);
  writeFileSync(join(dir, 'drover'), `#!/bin/sh\nexec ${process.execPath} ${DROVER} "$@"\n`);
  chmodSync(join(dir, 'drover'), 0o755);
});
afterAll(() => {
  server?.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Runs a line in a shell that finds `drover`. Not `spawnSync`: the stand-in lives in this process. */
async function inShell(shell: string, args: readonly string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(shell, args, {
    env: { PATH: `${dir}:${process.env.PATH}`, HOME: dir, DROVER_SERVER: server.url },
    cwd: dir,
  });
  return stdout.split('\n').filter(Boolean).sort();
}

const bash = (...words: string[]): Promise<string[]> =>
  inShell('bash', [
    ...['--norc', '-c'],
    `source <(drover completion bash); COMP_WORDS=(drover ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; COMP_LINE='drover ${words.join(' ')}'; _drover; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ]);

const CASES: [words: string[], found: string[]][] = [
  [['que'], ['queue']],
  [['queue', 'pa'], ['pause']],
  [
    ['queue', 'pause', 'mail'],
    ['mail-archive', 'mails'],
  ],
  [
    ['queue', 'list', '--sort', ''],
    ['failed', 'name', 'oldest', 'waiting'],
  ],
  [['queue', 'empty', 'mails', '--dr'], ['--dry-run']],
  [['dlq', 'rep'], ['replay']],
  [['job', 'move', 'mails', '17', '--to', 'thu'], ['thumbnails']],
  [['--json', 'queue', 'sh'], ['show']],
  [['completion', 'z'], ['zsh']],
  [['no-such-noun', 'x'], []],
];

describe('completion', () => {
  it.each(CASES)('bash completes %j to %j', async (words, found) => {
    expect(await bash(...words)).toEqual(found);
  });

  it.each(CASES.slice(0, 3))('fish completes %j to %j', async (words, found) => {
    if (spawnSync('fish', ['--version']).status !== 0)
      return console.log('fish is not installed here');
    const line = ['drover', ...words].join(' ');
    const got = await inShell('fish', [
      '-c',
      `drover completion fish | source; complete -C '${line}'`,
    ]);
    expect(got.map((each) => each.split('\t')[0])).toEqual(found);
  });

  it.each(CASES.slice(0, 3))('zsh completes %j to %j', async (words, found) => {
    if (spawnSync('zsh', ['--version']).status !== 0)
      return console.log('zsh is not installed here');
    // What zsh itself does with the candidates is zsh's; it is shown what it gets.
    const script = [
      'compdef() { : }; _files() { : }',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
      '_describe() { print -rl -- "${(@P)2}" }',
      'eval "$(drover completion zsh)"',
      `words=(drover ${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length + 1}; _drover`,
    ].join('\n');
    const got = await inShell('zsh', ['-f', '-c', script]);
    expect(got.map((each) => each.split(':')[0])).toEqual(found);
  });

  it('a person in bash gets names with colons and blanks, and values behind =', async () => {
    if (!hasTerminals) return console.log('no terminal to be had: "script" is not installed');
    const env = { PATH: `${dir}:${process.env.PATH}`, HOME: dir, DROVER_SERVER: server.url };
    const bash = new OnTerminal('--norc --noprofile -i', {
      ...{ program: 'bash', env: { ...env, PS1: '', INPUTRC: '/dev/null' } },
    });
    bash.type('source <(drover completion bash); echo rea""dy\n');
    await bash.shows('ready');
    for (const [typed, shown] of [
      ['queue show app:m\t', 'show app:mails '],
      ['queue show two\t', 'show two\\ words '],
      ["queue show 'two\t", "show 'two words' "],
      ['queue list --sort=wai\t', '--sort=waiting '],
      ["job list mails --filter 'a b' --state fai\t", '--state failed '],
      [`--server=${server.url} job move mails 1 --to=app:\t`, '--to=app:mails '],
    ]) {
      const from = bash.output.length;
      bash.type(`drover ${typed}`);
      await bash.shows(shown!, from);
      bash.type('\x15'); // Takes the line away.
    }
    bash.type('exit\n');
    await bash.exited;
  });

  it('is silent and quick where nothing answers', async () => {
    const env = { DROVER_SERVER: 'http://127.0.0.1:1' };
    const { code, stdout, stderr } = await drover(['__complete', 'queue', 'show', ''], { env });
    expect([code, stdout, stderr]).toEqual([0, '', '']);
  });

  it('there is none for other shells', async () => {
    const { code, stderr } = await drover(['completion', 'tcsh']);
    expect(code).toBe(2);
    expect(stderr).toContain('bash, zsh, fish');
  });
});
