import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { resolveSettings, type Settings } from './settings.ts';

const SERVER = 'https://other.example.org';

/** Settings in a folder whose project file and whose user's file are these. */
function inFolder(project: object, user: object = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'drover-settings-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  const home = join(cwd, 'home');
  const folder = join(cwd, 'project');
  mkdirSync(join(home, 'drover'), { recursive: true });
  mkdirSync(folder);
  writeFileSync(join(folder, 'drover.config.json'), JSON.stringify(project));
  writeFileSync(join(home, 'drover', 'config.json'), JSON.stringify(user));
  writeFileSync(join(cwd, 'outside'), 'of-the-user');
  writeFileSync(join(folder, 'inside'), 'of-the-project');
  const settings = (flags: object = {}, env: Record<string, string> = {}): Settings =>
    resolveSettings(flags as Record<string, unknown>, {
      ...{ env: { XDG_CONFIG_HOME: home, ...env }, cwd: folder, columns: 80 },
      ...{ isInputTerminal: false, isOutputTerminal: false, readInput: () => '' },
    });
  return { settings, folder, cwd };
}

test("the user's token goes to no server that only a project file has named", () => {
  const mine = { server: 'https://mine.example.org', token: 'mine' };
  const { settings } = inFolder({ server: SERVER }, mine);
  expect(settings()).toMatchObject({ server: SERVER, token: undefined });
  expect(settings({ token: 'given' }).token).toBe('given');
  expect(settings({}, { DROVER_TOKEN: 'given' }).token).toBe('given');
  expect(settings({ server: SERVER }).token).toBe('mine');
  expect(settings({}, { DROVER_SERVER: SERVER }).token).toBe('mine');
  expect(settings({ config: 'drover.config.json' }).token).toBe('mine');
  expect(inFolder({}, mine).settings()).toMatchObject(mine);
  expect(inFolder({ server: mine.server }, mine).settings().token).toBe('mine');
  expect(inFolder({ server: SERVER, token: 'its' }, mine).settings().token).toBe('its');
});

test.each(['tokenFile', 'redisFile'])(
  'a project file reads no %s outside of its folder',
  (name) => {
    const refused = { code: 'CONFIG_INVALID', message: expect.stringContaining('outside') };
    for (const path of ['../outside', '/proc/self/environ', 'link']) {
      const { settings, folder, cwd } = inFolder({ server: SERVER, [name]: path });
      symlinkSync(join(cwd, 'outside'), join(folder, 'link'));
      expect(() => settings()).toThrow(expect.objectContaining(refused));
    }
    const own = inFolder({ server: SERVER, tokenFile: 'inside' });
    expect(own.settings().token).toBe('of-the-project');
    const named = inFolder({ server: SERVER, tokenFile: '../outside' });
    expect(named.settings({ config: 'drover.config.json' }).token).toBe('of-the-user');
  },
);
