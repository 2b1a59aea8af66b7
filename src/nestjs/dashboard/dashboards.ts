/**
 * The dashboards of one Nest application: mounts each at its path, and ends their streams when the application closes.
 */
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnModuleDestroy,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { asNestError, missingRoot, nestError } from '../nest-error.ts';
import type { Root } from '../root.ts';
import { Roots } from '../roots.ts';
import type { DashboardOptions } from './dashboard-options.ts';
import { MountedFace } from './mounted-face.ts';

const WHERE = 'BullMqConsumerModule.forDashboard()';

/** Mounts faces. */
@Injectable()
export class Dashboards implements OnModuleDestroy, BeforeApplicationShutdown {
  readonly #roots: Roots;
  readonly #host: HttpAdapterHost;
  readonly #mounted: MountedFace[] = [];

  constructor(@Inject(Roots) roots: Roots, @Inject(HttpAdapterHost) host: HttpAdapterHost) {
    this.#roots = roots;
    this.#host = host;
  }

  /** Throws CONFIG_INVALID for options that cannot be used, and for a path that is taken. */
  mount(configKey: string, options: DashboardOptions): void {
    const { coordinator } = this.#rootOf(configKey);
    const face = madeBy(() => new MountedFace(coordinator, options));
    const { path, isGuarded } = face;
    if (this.#mounted.some((each) => each.path === path))
      throw nestError(WHERE, `two dashboards are at "${path}": give one of them another \`path\``);
    this.#mounted.push(face);
    this.#host.httpAdapter.use(path, face.handle);
    coordinator.control.announce('dashboard.mounted', { path, isGuarded });
  }

  /** Tells that there is no HTTP server to mount in. */
  tellUnmounted(configKey: string): void {
    this.#rootOf(configKey).coordinator.control.announce('dashboard.unmounted', {});
  }

  onModuleDestroy(): void {
    for (const face of this.#mounted) face.endStreams();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.#mounted.map((face) => face.sent()));
  }

  #rootOf(configKey: string): Root {
    const root = this.#roots.get(configKey);
    if (root) return root;
    throw nestError(WHERE, missingRoot(configKey));
  }
}

function madeBy<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw asNestError(WHERE, error);
  }
}
