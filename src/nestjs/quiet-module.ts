/**
 * Takes no new jobs from the first `onModuleDestroy` on: services let go of their own things in theirs, and a job that
 * begins later would miss them.
 *
 * Nest calls this hook for modules from the root down, for global ones last. This module has to come before all others,
 * which no decorator can say; so it moves itself in front of the root while the application is made. Its other hooks
 * would come in that order, too, so it has none.
 */
import { Inject, Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Roots } from './roots.ts';

/** The root module has 1. */
const BEFORE_ROOT = 0;

/** Quiets all coordinators. */
@Injectable()
export class Quiet implements OnModuleDestroy {
  readonly #roots: Roots;

  constructor(@Inject(Roots) roots: Roots, @Inject(ModulesContainer) modules: ModulesContainer) {
    this.#roots = roots;
    for (const module of modules.values())
      if (module.metatype === QuietModule) module.distance = BEFORE_ROOT;
  }

  onModuleDestroy(): void {
    this.#roots.setHeld(true);
  }
}

/** Imported by the core module, which is made once. */
@Module({ providers: [Quiet] })
export class QuietModule {}
