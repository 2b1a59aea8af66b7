/**
 * The monitoring kit: its rules and its dashboard ask only for metrics that exist, in words that Prometheus takes,
 * and each alert fires in its case alone.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { METRICS } from '../../src/metrics/metric-catalogue.ts';
import { hasPromtool, promtool } from '../support/promtool.ts';

const pathOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const kit = (path: string): string => pathOf(`kit/monitoring/${path}`);
const isInstalled = hasPromtool();

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}
interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
}
const dashboard = JSON.parse(readFileSync(kit('grafana/drover.json'), 'utf8')) as {
  readonly schemaVersion: number;
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
};
const variables = dashboard.templating.list;
const expressions = dashboard.panels.flatMap(
  ({ targets }) => targets?.map(({ expr }) => expr) ?? [],
);

/** Names of our metrics in a text, as the catalogue has them. */
function metricsIn(text: string): string[] {
  const named = text.match(/\b(?:drover|bullmq)_[a-z_]+/g) ?? [];
  return named
    .filter((name) => name !== 'bullmq_exporter')
    .map((name) => {
      const base = name.replace(/_(?:bucket|sum|count)$/, '');
      const { type } = METRICS[base as keyof typeof METRICS] ?? {};
      return type === 'histogram' ? base : name;
    });
}

describe('the alert rules', () => {
  const rules = readFileSync(kit('alerts.yml'), 'utf8');
  const alerts = [...rules.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name]) => name!);

  test.skipIf(!isInstalled)('are rules to Prometheus', () => {
    const { code, words } = promtool(['check', 'rules', '--lint-fatal', kit('alerts.yml')]);
    expect([code, words]).toEqual([0, expect.stringContaining(`${alerts.length} rules found`)]);
  });

  test.skipIf(!isInstalled)('fire in their case and are silent beside it', () => {
    const { code, words } = promtool(['test', 'rules', kit('alerts.test.yml')]);
    expect([code, words]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  test('each has a case in which it fires', () => {
    const cases = readFileSync(kit('alerts.test.yml'), 'utf8');
    const firing = [...cases.matchAll(/alertname: (\w+)\n +exp_alerts:\n/g)].map(
      ([, name]) => name!,
    );
    expect(alerts.length).toBeGreaterThan(10);
    expect(alerts.filter((name) => !firing.includes(name))).toEqual([]);
  });

  test('each leads to its own section of the guide', () => {
    const guide = readFileSync(pathOf('docs/guides/alerts.md'), 'utf8');
    const sections = [...guide.matchAll(/^## (\w+)$/gm)].map(([, name]) => name!);
    expect(sections).toEqual(alerts);
    const runbooks = [...rules.matchAll(/runbook: docs\/guides\/alerts\.md#(\w+)$/gm)];
    expect(runbooks.map(([, anchor]) => anchor)).toEqual(alerts.map((name) => name.toLowerCase()));
  });

  test('ask for metrics of the catalogue', () => {
    const named = metricsIn(rules.replace(/^ *#.*$/gm, ''));
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((name) => !Object.hasOwn(METRICS, name))).toEqual([]);
  });
});

describe('the dashboard of Grafana', () => {
  test('has panels with queries, none over another, none without a word', () => {
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(41);
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { type, title, description, targets, datasource } of dashboard.panels) {
      expect(title).not.toBe('');
      // What every Grafana has without a plugin.
      expect(['row', 'stat', 'timeseries', 'state-timeline']).toContain(type);
      if (type === 'row') continue;
      expect([title, description === '' || !description]).toEqual([title, false]);
      expect([title, datasource?.uid]).toEqual([title, ['$', '{datasource}'].join('')]);
      expect([title, targets?.length]).not.toEqual([title, 0]);
      expect(new Set(targets?.map(({ refId }) => refId)).size).toBe(targets?.length);
    }
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });

  test('uses variables that it has, and has none that it does not use', () => {
    const text = JSON.stringify(dashboard.panels) + JSON.stringify(variables.map((v) => v.query));
    const used = [...text.matchAll(/\$\{?([a-z][a-z_]*)\}?/g)].map(([, name]) => name!);
    expect([...new Set(used)].sort()).toEqual(variables.map(({ name }) => name).sort());
  });

  test('asks for metrics of the catalogue', () => {
    const named = metricsIn(JSON.stringify([expressions, variables]));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !Object.hasOwn(METRICS, name))).toEqual([]);
  });

  test('takes the maximum of what one process tells for all, never the sum', () => {
    const fleet = Object.entries(METRICS).flatMap(([name, { scope }]) =>
      scope === 'fleet' ? [name] : [],
    );
    for (const expr of expressions)
      for (const name of fleet)
        for (const { index } of expr.matchAll(new RegExp(`\\b${name}\\{`, 'g')))
          expect(expr.slice(0, index)).toMatch(/max(?: by \([a-z, ]+\))? \($|max\($/);
  });

  test.skipIf(!isInstalled)('every expression is one to Prometheus', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'drover-rules-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const rules = expressions.map((expr, i) => ({
      record: `dashboard:expression:${i}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replace(/\$[a-z_]+/g, '.*'),
    }));
    // JSON is YAML, too.
    const file = join(folder, 'rules.yml');
    await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    const { code, words } = promtool(['check', 'rules', file]);
    expect([code, words]).toEqual([0, expect.stringContaining(`${rules.length} rules found`)]);
  });
});
