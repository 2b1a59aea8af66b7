/**
 * Reads from the installed BullMQ which commands its scripts call.
 *
 * They change with its version, so no list of ours could be right for long. Relay's scripts are left out: it brings its own
 * connections and users.
 */
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { messageOf } from '../errors.ts';
import { known, type Reading, unknown } from './reading.ts';

const CALL = /\b(?:r?call|pcall|rcall|redis\.p?call)\(\s*["'](\w+)["']/gi;

/** Names of commands, in lower case and sorted. */
export async function readScriptCommands(): Promise<Reading<readonly string[]>> {
  try {
    const entry = createRequire(import.meta.url).resolve('bullmq');
    const commands = new Set<string>();
    for (const file of await luaFiles(join(dirname(entry), 'commands')))
      for (const name of commandsIn(await readFile(file, 'utf8'))) commands.add(name);
    if (commands.size === 0) return unknown("BullMQ's scripts are not beside it");
    return known([...commands].sort());
  } catch (error) {
    return unknown(`BullMQ's scripts cannot be read: ${messageOf(error).slice(0, 100)}`);
  }
}

/** Commands that a Lua text calls. */
export function commandsIn(lua: string): readonly string[] {
  return [...lua.matchAll(CALL)].map(([, name]) => name!.toLowerCase());
}

async function luaFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      if (/relay/i.test(entry.name)) return [];
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return luaFiles(path);
      return entry.name.endsWith('.lua') ? [path] : [];
    }),
  );
  return found.flat();
}
