// @ts-check
/**
 * How the scripts talk: one short line for every thing they do, and a message instead of a stack when
 * something that a person can mend is missing.
 */

/** Something a person can mend; its message says how. */
export class SetupError extends Error {}

/** @param {string} line */
export function say(line) {
  console.log(`drover: ${line}`);
}

/**
 * Runs a script's body and ends the process with the exit code it returns.
 *
 * @param {() => Promise<number>} body
 */
export async function runScript(body) {
  try {
    process.exitCode = await body();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`drover: ${error.message}`);
    process.exitCode = 1;
  }
}
