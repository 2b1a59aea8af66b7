/**
 * Kubernetes' and KEDA's own schemas, and what they leave open: fields that they do not know.
 *
 * The schemas come as models generated from the projects' sources. They accept fields that are written wrongly, which
 * a cluster then drops without a word; so each object is validated through a proxy that notes what was looked at, and
 * what nobody looked at is unknown.
 */
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Service } from 'kubernetes-models/v1/Service';

/** An object as it was read from YAML. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  // biome-ignore lint/suspicious/noExplicitAny: its shape is what is tested.
  readonly [field: string]: any;
}

interface Model {
  validate(): void;
}

const MODELS: Readonly<Record<string, new (data?: never) => Model>> = {
  'apps/v1 Deployment': Deployment,
  'v1 Service': Service,
  'autoscaling/v2 HorizontalPodAutoscaler': HorizontalPodAutoscaler,
  'keda.sh/v1alpha1 ScaledObject': ScaledObject,
};

/** What is wrong with an object: by its schema, and fields that no schema knows. */
export function faultsOf(manifest: Manifest): string[] {
  const Model = MODELS[`${manifest.apiVersion} ${manifest.kind}`];
  if (!Model) return [`no schema for ${manifest.apiVersion} ${manifest.kind}`];
  const unread = new Set<string>();
  const model = Object.assign(new Model(), watched(manifest, '', unread));
  try {
    model.validate();
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  return [...unread].map((path) => `unknown field ${path}`);
}

/** Takes the path of every field out of `unread` when it is read. */
function watched<T>(value: T, path: string, unread: Set<string>): T {
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = Array.isArray(value) ? ([] as never) : {};
  for (const [key, each] of Object.entries(value)) {
    const field = path === '' ? key : `${path}.${key}`;
    unread.add(field);
    copy[key] = watched(each, field, unread);
  }
  return new Proxy(copy, {
    get(target, key) {
      unread.delete(path === '' ? String(key) : `${path}.${String(key)}`);
      return target[key as string];
    },
  }) as T;
}
