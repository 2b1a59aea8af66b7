/**
 * Which servers of this machine work in a folder, as Linux tells it: a Redis server goes into its data folder.
 *
 * Folders are told apart by device and number, not by path: a server in a container sees the same folder elsewhere. It
 * only looks.
 */
import { readdir, readFile, readlink, stat } from 'node:fs/promises';

/** What was seen. */
export interface FolderServers {
  /** Process ids of servers that work in the folder. */
  readonly pids: readonly number[];
  /** Servers whose folder this user may not see. */
  readonly unseen: readonly number[];
  /** False where the system tells nothing: then nobody was found and nobody was ruled out. */
  readonly isKnown: boolean;
}

const SERVER = /^(?:redis|valkey|keydb)/;

/** Servers that work in `folder`. @param but a process that does not count */
export async function serversIn(folder: string, but?: number): Promise<FolderServers> {
  const wanted = await stat(folder);
  let names: string[];
  try {
    names = await readdir('/proc');
  } catch {
    return { pids: [], unseen: [], isKnown: false };
  }
  const pids: number[] = [];
  const unseen: number[] = [];
  for (const pid of names.filter((name) => /^\d+$/.test(name)).map(Number)) {
    if (pid === but || !SERVER.test(await commandOf(pid))) continue;
    const at = await stat(`/proc/${pid}/cwd`).catch((error: NodeJS.ErrnoException) => error.code);
    if (typeof at === 'object') {
      if (at.dev === wanted.dev && at.ino === wanted.ino) pids.push(pid);
    } else if (at === 'EACCES' || at === 'EPERM') unseen.push(pid);
  }
  return { pids, unseen, isKnown: names.some((name) => /^\d+$/.test(name)) };
}

/** Names of the files that a process has open; none when it has ended or may not be seen. */
export async function openFilesOf(pid: number): Promise<string[]> {
  const handles = await readdir(`/proc/${pid}/fd`).catch(() => []);
  return Promise.all(handles.map((each) => readlink(`/proc/${pid}/fd/${each}`).catch(() => '')));
}

/** Something that no other process of this pid has; null when there is none of it. */
export async function startOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // The name of the program, in brackets, may hold spaces and brackets.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

async function commandOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  return text.trim();
}
