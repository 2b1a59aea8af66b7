/**
 * A recorded hour of requests as a workload.
 *
 * CSV with the header `TIMESTAMP,ContextTokens,GeneratedTokens`. The recording has no run times: 0.25 ms a token
 * read and 20 ms a token written are assumed.
 */
import { readFileSync } from 'node:fs';
import { type Job, type Workload, workloadOf } from './workload.ts';

const HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const SECONDS_PER_CONTEXT_TOKEN = 0.00025;
const SECONDS_PER_GENERATED_TOKEN = 0.02;
const STAMP = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,7})?$/;

/** Reads a trace file. */
export function readTrace(path: string): Workload {
  return parseTrace(readFileSync(path, 'utf8'));
}

/** The workload of a trace; throws with the number of the line that is not as it should be. */
export function parseTrace(text: string): Workload {
  const [header, ...lines] = text.trim().split(/\r?\n/);
  if (header?.trim() !== HEADER) {
    throw new Error(`a trace begins with "${HEADER}", this one with "${header?.slice(0, 80)}"`);
  }
  const jobs = lines.map((line, i) => jobOf(line, i + 2));
  if (jobs.length === 0) throw new Error('the trace has no rows');
  const first = jobs.reduce((least, { readyAt }) => Math.min(least, readyAt), Infinity);
  return workloadOf(
    'trace',
    jobs.map((job) => ({ ...job, readyAt: job.readyAt - first })),
  );
}

function jobOf(line: string, lineNumber: number): Job {
  const [stamp = '', context, generated, ...more] = line.split(',');
  const parts = STAMP.exec(stamp);
  const [read, written] = [Number(context), Number(generated)];
  // Less than nothing, or not a number.
  if (!parts || more.length > 0 || !(read >= 0) || !(written >= 0)) {
    throw new Error(`line ${lineNumber} of the trace is not a stamp and two numbers: ${line}`);
  }
  return {
    readyAt: Date.parse(`${parts[1]}T${parts[2]}Z`) / 1000 + Number(parts[3] ?? 0),
    serviceSeconds: read * SECONDS_PER_CONTEXT_TOKEN + written * SECONDS_PER_GENERATED_TOKEN,
  };
}
