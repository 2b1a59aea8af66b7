/**
 * The order platform as a program: services, coordinator, queues, HTTP.
 *
 * Starts and serves whether or not Redis is there. `ENABLE_BACKGROUND_JOBS=false` makes it the web role: it takes
 * orders and runs no jobs. Ends with exit code 0 on SIGTERM and SIGINT: HTTP refuses first, running jobs
 * finish, then the sockets close.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Coordinator } from 'drover';
import { createApi } from './api.ts';
import { startCreditBureau } from './fakes/credit-bureau.ts';
import { startWhatsapp } from './fakes/whatsapp-server.ts';
import { listen } from './listen.ts';
import { OrderBook } from './order-book.ts';
import { OrderIntake } from './order-intake.ts';
import { registerProcessors } from './processors/register.ts';
import { keepScanning } from './processors/remind-payments.ts';
import { openQueues } from './queues.ts';
import { Reports } from './reports.ts';
import { readSettings, type Settings } from './settings.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const warn = (what: string, error: unknown): void => {
  process.stderr.write(`${what}: ${error instanceof Error ? error.message : String(error)}\n`);
};

async function run(settings: Settings): Promise<void> {
  const { dataDir, callTimeoutMs, paymentTermsMs } = settings;
  const services = await findServices(settings);
  const book = new OrderBook(join(dataDir, 'orders'));
  const reports = new Reports(join(dataDir, 'reports'));

  // No request waits longer than this for Redis.
  const coordinator = new Coordinator({ name: 'orders', addTimeoutMs: '1s' }).exitOnSignals();
  openQueues(coordinator);
  const parts = { coordinator, book, reports, ...services, callTimeoutMs, paymentTermsMs };
  const isWorker = registerProcessors(parts);
  if (isWorker)
    keepScanning(coordinator, settings.scanEveryMs, (error) => warn('No reminders', error));
  const intake = new OrderIntake(coordinator, book);

  const api = createApi({ ...parts, intake, isWorker, warn });
  const server = await listen(api, settings);
  coordinator.attach({
    name: 'api',
    stop: async () => {
      intake.stop();
      await server.stop();
    },
  });
  await coordinator.start();
  const role = isWorker ? 'API and workers' : 'API only';
  say(`Orders ${server.url}/  ·  ${role}  ·  health ${server.url}/health/redis`);
  say(`Queues ${server.url}/ops/  ·  Drover's dashboard, for browsers on this machine`);
}

/** The services that the environment names; for what it does not name, fakes in this process. */
async function findServices({ whatsappUrl, bureauUrl, dataDir, faultSeed: seed }: Settings) {
  mkdirSync(dataDir, { recursive: true });
  const ledgerFile = join(dataDir, 'whatsapp-ledger.jsonl');
  return {
    whatsappUrl: whatsappUrl ?? (await startWhatsapp({ seed, ledgerFile })).url,
    bureauUrl: bureauUrl ?? (await startCreditBureau({ seed })).url,
  };
}

try {
  await run(readSettings());
} catch (error) {
  warn('The order platform could not start', error);
  process.exit(1);
}
