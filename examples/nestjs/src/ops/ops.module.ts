/**
 * What operators see and do, at `/ops`.
 */
import { Module } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { BullMqConsumerModule } from 'drover/nestjs';
import type { Settings } from '../settings.ts';
import { authorizeBy } from './authorize-by.ts';

@Module({
  imports: [
    BullMqConsumerModule.forDashboardAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService<Settings, true>) => {
        const token = config.get('OPS_TOKEN', { infer: true });
        // Without a way to sign in only this machine gets in, and not through a proxy.
        return { path: '/ops', ...(token !== undefined && { authorize: authorizeBy(token) }) };
      },
    }),
  ],
})
export class OpsModule {}
