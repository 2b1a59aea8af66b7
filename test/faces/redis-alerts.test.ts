/** The alert rules for the kit's Redis instances: rules to Prometheus, each fires in its case alone and has its section. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { hasPromtool, promtool } from '../support/promtool.ts';

const pathOf = (name: string): string =>
  fileURLToPath(new URL(`../../kit/monitoring/${name}`, import.meta.url));
const isInstalled = hasPromtool();
const rules = readFileSync(pathOf('redis-alerts.yml'), 'utf8');
const alerts = [...rules.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name]) => name!);

test.skipIf(!isInstalled)('are rules to Prometheus', () => {
  const { code, words } = promtool(['check', 'rules', '--lint-fatal', pathOf('redis-alerts.yml')]);
  expect([code, words]).toEqual([0, expect.stringContaining(`${alerts.length} rules found`)]);
});

test.skipIf(!isInstalled)('fire in their case and are silent beside it', () => {
  const { code, words } = promtool(['test', 'rules', pathOf('redis-alerts.test.yml')]);
  expect([code, words]).toEqual([0, expect.stringContaining('SUCCESS')]);
});

test('each has a case in which it fires, one in which it does not, and a section of the page', () => {
  const cases = readFileSync(pathOf('redis-alerts.test.yml'), 'utf8');
  const page = readFileSync(pathOf('redis.md'), 'utf8');
  const named = (text: string, pattern: RegExp): string[] =>
    [...text.matchAll(pattern)].map(([, name]) => name!);
  expect(alerts.length).toBeGreaterThan(8);
  expect(named(cases, /alertname: (\w+)\n +exp_alerts:\n/g)).toEqual(alerts);
  expect(named(cases, /alertname: (\w+), exp_alerts: \[\]/g)).toEqual(alerts);
  expect(named(page, /^### (\w+)$/gm)).toEqual(alerts);
  const runbooks = named(rules, /runbook: kit\/monitoring\/redis\.md#(\w+)$/gm);
  expect(runbooks).toEqual(alerts.map((name) => name.toLowerCase()));
});

test('the page gives no password as an argument', () => {
  const page = readFileSync(pathOf('redis.md'), 'utf8');
  const commands = page.match(/redis-cli[^\n|`]*/g) ?? [];
  expect(commands.length).toBeGreaterThan(3);
  expect(commands.filter((command) => / -a |--pass\b/.test(command))).toEqual([]);
});
