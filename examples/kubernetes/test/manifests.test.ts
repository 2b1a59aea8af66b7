/** The manifests are what Kubernetes and KEDA understand, and their numbers are those of the application. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { queueLabel } from '../../../src/keys.ts';
import { MOST_SLOTS, PORT, SHUTDOWN_TIMEOUT_MS, SLOTS_PER_POD } from '../src/sizes.ts';
import { faultsOf, type Manifest } from './support/schemas.ts';

const folder = new URL('../manifests/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const read = (file: string): Manifest[] =>
  parseAllDocuments(readFileSync(new URL(file, folder), 'utf8'), { strict: true }).map((each) => {
    if ('errors' in each && each.errors.length > 0) throw each.errors[0];
    return each.toJS() as Manifest;
  });
const only = (file: string, kind: string): Manifest => {
  const found = read(file).filter((each) => each.kind === kind);
  expect(found).toHaveLength(1);
  return found[0]!;
};
const [web, worker] = [only('web.yaml', 'Deployment'), only('worker.yaml', 'Deployment')];
const podOf = (deployment: Manifest) => deployment.spec.template.spec;

describe('the schemas', () => {
  test.each(files)('%s is valid, and has no field that nobody knows', (file) => {
    expect(read(file).length).toBeGreaterThan(0);
    expect(read(file).flatMap(faultsOf)).toEqual([]);
  });

  test('a wrong value and a field with a slip of the pen are found', () => {
    const wrong = structuredClone(worker) as Manifest;
    wrong.spec.template.spec.terminationGracePeriodSeconds = '60';
    expect(faultsOf(wrong).join()).toContain('terminationGracePeriodSeconds must be integer');
    const slip = structuredClone(worker) as Manifest;
    slip.spec.template.spec.terminationGracePeriodSecond = 60;
    expect(faultsOf(slip)).toEqual([
      'unknown field spec.template.spec.terminationGracePeriodSecond',
    ]);
    const scaled = structuredClone(only('keda.yaml', 'ScaledObject')) as Manifest;
    scaled.spec.fallback.behavior = 'currentReplica';
    expect(faultsOf(scaled).join()).toContain('behavior must be equal to one of');
    expect(faultsOf({ apiVersion: 'v2', kind: 'Pod' })).toEqual(['no schema for v2 Pod']);
  });
});

describe('the numbers', () => {
  test('a pod is given longer to end than it takes', () => {
    for (const deployment of [web, worker]) {
      const { terminationGracePeriodSeconds, containers } = podOf(deployment);
      const preStopS = containers[0].lifecycle?.preStop?.sleep?.seconds ?? 0;
      expect((terminationGracePeriodSeconds - preStopS) * 1_000).toBeGreaterThan(
        SHUTDOWN_TIMEOUT_MS + 5_000,
      );
    }
  });

  test('a pod stands for as many slots as it runs, and the most pods for the most slots', () => {
    const most = MOST_SLOTS / SLOTS_PER_POD;
    const [keda, prometheus] = ['keda.yaml', 'keda-prometheus.yaml'].map((file) =>
      only(file, 'ScaledObject'),
    ) as [Manifest, Manifest];
    const hpa = only('hpa.yaml', 'HorizontalPodAutoscaler');
    expect(keda.spec.triggers[0].metadata.targetValue).toBe(String(SLOTS_PER_POD));
    expect(prometheus.spec.triggers[0].metadata.threshold).toBe(String(SLOTS_PER_POD));
    expect(hpa.spec.metrics[0].external.target.averageValue).toBe(String(SLOTS_PER_POD));
    for (const { spec } of [keda, prometheus]) expect(spec.maxReplicaCount).toBe(most);
    expect(hpa.spec.maxReplicas).toBe(most);
  });

  test('an answer that fails ends no pod, and nothing stabilises twice', () => {
    for (const file of ['keda.yaml', 'keda-prometheus.yaml']) {
      const { fallback, triggers, advanced } = only(file, 'ScaledObject').spec;
      expect(fallback.behavior).toBe('currentReplicas');
      expect(triggers).toHaveLength(1);
      expect(triggers[0].metricType).toBe('AverageValue');
      const { behavior } = advanced.horizontalPodAutoscalerConfig;
      expect(behavior.scaleDown.stabilizationWindowSeconds).toBe(0);
    }
    const [trigger] = only('keda-prometheus.yaml', 'ScaledObject').spec.triggers;
    expect(trigger.metadata.ignoreNullValues).toBe('false');
  });
});

describe('the names', () => {
  test('KEDA asks the service for the queue that the application has', () => {
    const [trigger] = only('keda.yaml', 'ScaledObject').spec.triggers;
    const { url, valueLocation, activationTargetValue } = trigger.metadata;
    const service = only('web.yaml', 'Service');
    const { hostname, port, pathname } = new URL(url);
    expect([hostname, Number(port)]).toEqual([service.metadata.name, service.spec.ports[0].port]);
    expect(pathname).toBe(`/api/v1/queues/${queueLabel('bull', 'thumbnails')}/scale`);
    expect([valueLocation, activationTargetValue]).toEqual(['value', '0']);
    expect(service.spec.selector).toEqual(web.spec.template.metadata.labels);
  });

  test('whatever scales pods scales those of the workers, and never the web role', () => {
    for (const file of files)
      for (const { kind, spec } of read(file))
        if (kind === 'ScaledObject' || kind === 'HorizontalPodAutoscaler')
          expect(spec.scaleTargetRef.name).toBe(worker.metadata.name);
    expect(web.spec.replicas).toBeGreaterThan(1);
    expect(worker.spec.replicas).toBe(undefined);
  });

  test('probes ask for what is served, where it is served', () => {
    for (const deployment of [web, worker]) {
      const [container] = podOf(deployment).containers;
      expect(container.ports).toEqual([{ name: 'http', containerPort: PORT }]);
      expect(container.readinessProbe.httpGet).toEqual({ path: '/health/ready', port: 'http' });
      expect(container.livenessProbe.httpGet).toEqual({ path: '/health/live', port: 'http' });
      expect(container.resources.limits.memory).toMatch(/Mi$/);
      expect(deployment.spec.selector.matchLabels).toEqual(
        deployment.spec.template.metadata.labels,
      );
    }
    const isWeb = ({ name, value }: { name: string; value?: string }): boolean =>
      name === 'ENABLE_BACKGROUND_JOBS' && value === 'false';
    expect(podOf(web).containers[0].env.some(isWeb)).toBe(true);
    expect(podOf(worker).containers[0].env.some(isWeb)).toBe(false);
  });
});
