/** What the doctor takes for the kit's settings is what the kit's configuration files set, and the other way round. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  KIT_SETTINGS,
  OF_THE_MACHINE,
  PROFILES,
  type Profile,
} from '../../src/doctor/kit-settings.ts';
import { root } from './sources.ts';

/** Directive → its value; what stands on several lines is put together. */
function directivesOf(profile: Profile): ReadonlyMap<string, string> {
  const text = readFileSync(join(root, `kit/config/redis-${profile}.conf`), 'utf8');
  const directives = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^([a-z][\w-]*)\s+(.*\S)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const words = value.replace(/^"(.*)"$/, '$1');
    const before = directives.get(name);
    directives.set(name, before === undefined ? words : `${before} ${words}`);
  }
  return directives;
}

test.each(PROFILES)('of the %s each directive has the same value in both', (profile) => {
  const file = [...directivesOf(profile)].filter(([name]) => !OF_THE_MACHINE.includes(name));
  const table = KIT_SETTINGS[profile].map(({ name, value }) => [name, value]);
  expect(Object.fromEntries(table)).toEqual(Object.fromEntries(file));
  expect(new Set(table.map(([name]) => name)).size).toBe(table.length);
});

test('what depends on the machine has no value of its own', () => {
  for (const profile of PROFILES) {
    const file = directivesOf(profile);
    expect(file.has('maxmemory') && file.has('aclfile')).toBe(true);
    const names = KIT_SETTINGS[profile].map(({ name }) => name);
    expect(names.filter((name) => OF_THE_MACHINE.includes(name))).toEqual([]);
  }
});
