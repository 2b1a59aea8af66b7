import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolveSettings, type Settings } from './settings.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'drover-settings-'));
  mkdirSync(join(dir, 'user', 'drover'), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const inProject = (content: object): void =>
  writeFileSync(join(dir, 'drover.config.json'), JSON.stringify(content));
const ofUser = (content: object): void =>
  writeFileSync(join(dir, 'user', 'drover', 'config.json'), JSON.stringify(content));
const resolved = (flags: object = {}, env: Record<string, string> = {}, cwd = dir): Settings =>
  resolveSettings(flags as Record<string, unknown>, {
    ...{ env: { XDG_CONFIG_HOME: join(dir, 'user'), ...env }, cwd, columns: 80 },
    ...{ isInputTerminal: false, isOutputTerminal: false, readInput: () => '' },
  });

const OURS = 'https://ours.example.org';
const THEIRS = 'https://theirs.example.org';
const SECRET = 'drv_secret_of_the_user';

describe('what names a Redis or a server first decides', () => {
  test('flag, environment, project file, user file', () => {
    ofUser({ server: OURS });
    expect(resolved().server).toBe(OURS);
    inProject({ redisUrl: 'redis://project' });
    expect([resolved().server, resolved().redisUrl]).toEqual([undefined, 'redis://project']);
    inProject({ server: THEIRS });
    expect(resolved().server).toBe(THEIRS);
    expect(resolved({}, { REDIS_URL: 'redis://env' }).server).toBeUndefined();
    expect(resolved({}, { REDIS_HOST: 'env' }).server).toBeUndefined();
    expect(resolved({}, { DROVER_SERVER: OURS }).server).toBe(OURS);
    expect(resolved({ redis: 'redis://flag' }, { DROVER_SERVER: OURS }).server).toBeUndefined();
    expect(resolved({ server: OURS }, { REDIS_URL: 'redis://env' }).server).toBe(OURS);
  });
});

describe('a server that the folder names', () => {
  beforeEach(() => inProject({ server: THEIRS }));

  test.each<[from: string, arrange: () => Record<string, string>]>([
    ['environment', () => ({ DROVER_TOKEN: SECRET })],
    [
      "user's file",
      () => {
        ofUser({ server: OURS, token: SECRET });
        return {};
      },
    ],
    [
      "file that the user's file names",
      () => {
        writeFileSync(join(dir, 'secret'), SECRET);
        ofUser({ tokenFile: join(dir, 'secret') });
        return {};
      },
    ],
    [
      'file that the folder names as a token',
      () => {
        writeFileSync(join(dir, 'secret'), SECRET);
        inProject({ server: THEIRS, tokenFile: join(dir, 'secret') });
        return {};
      },
    ],
    [
      'environment, named by package.json',
      () => {
        rmSync(join(dir, 'drover.config.json'));
        writeFileSync(join(dir, 'package.json'), JSON.stringify({ drover: { server: THEIRS } }));
        return { DROVER_TOKEN: SECRET };
      },
    ],
  ])('never gets a token from the %s', (_, arrange) => {
    const env = arrange();
    expect(() => resolved({}, env)).toThrow('--token');
    expect(() => resolved({}, env)).not.toThrow(SECRET);
  });

  test('is asked without a token, with its own, or with one that was typed', () => {
    expect(resolved()).toMatchObject({ server: THEIRS, token: undefined });
    const env = { DROVER_TOKEN: SECRET };
    expect(resolved({ token: 't' }, env)).toMatchObject({ server: THEIRS, token: 't' });
    inProject({ server: THEIRS, token: 'own' });
    expect(resolved()).toMatchObject({ server: THEIRS, token: 'own' });
  });

  test('does not stand in the way of a server that the user names', () => {
    const env = { DROVER_TOKEN: SECRET };
    expect(resolved({ server: OURS }, env)).toMatchObject({ server: OURS, token: SECRET });
    const both = { ...env, DROVER_SERVER: OURS };
    expect(resolved({}, both)).toMatchObject({ server: OURS, token: SECRET });
  });
});

test.each(['tokenFile', 'redisFile'])(
  'a project file reads no %s outside of its folder',
  (name) => {
    const outside = join(dir, 'outside');
    const folder = join(dir, 'project');
    mkdirSync(folder);
    writeFileSync(outside, 'of-the-user');
    symlinkSync(outside, join(folder, 'link'));
    for (const path of ['../outside', '/proc/self/environ', 'link']) {
      writeFileSync(join(folder, 'drover.config.json'), JSON.stringify({ [name]: path }));
      expect(() => resolved({}, {}, folder)).toThrow('outside');
    }
  },
);
