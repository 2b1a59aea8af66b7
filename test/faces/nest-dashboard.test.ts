/** The dashboard in a Nest application, on both of its platforms: paths, bodies, who gets in, and the end. */
import 'reflect-metadata';
import {
  Body,
  Controller,
  type DynamicModule,
  Get,
  type INestApplication,
  Injectable,
  Module,
  Post,
  VersioningType,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { BullMqConsumerModule, type DashboardOptions } from 'drover/nestjs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { ask } from './ask.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

@Controller('app')
class Own {
  @Get('hello')
  hello(): string {
    return 'hello';
  }
  @Post('echo')
  echo(@Body() body: unknown): unknown {
    return body;
  }
}
/** As a page for all paths has it. */
@Controller()
class Everything {
  @Get('*')
  page(): string {
    return 'page';
  }
}

const PLATFORMS = ['Express', 'Fastify'] as const;
type Platform = (typeof PLATFORMS)[number];

function appOf(
  dashboard: DynamicModule,
  controllers: (new () => object)[] = [Own],
): new () => object {
  @Module({
    imports: [
      BullMqConsumerModule.forRoot({ redisUrl: server.url, logger: false }),
      BullMqConsumerModule.forFeature(['mails']),
      dashboard,
    ],
    controllers,
  })
  class App {}
  return App;
}

async function created(
  platform: Platform,
  module: new () => object,
  options: object = {},
): Promise<INestApplication> {
  const all = { logger: false, abortOnError: false, ...options } as const;
  return platform === 'Express'
    ? NestFactory.create(module, all)
    : NestFactory.create(module, new FastifyAdapter(), all);
}

async function served(app: INestApplication): Promise<string> {
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

const pause = (origin: string, path: string) =>
  ask(`${origin}${path}/api/v1/queues/mails/pause`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-drover': '1' },
    body: '{"reason":"a test"}',
  });

test.each(
  PLATFORMS.flatMap((platform) =>
    [{}, { bodyParser: false }, { rawBody: true }].map((options) => ({ platform, options })),
  ),
)('$platform, $options: beside the own routes, under a prefix and versions', async (given) => {
  const { platform, options } = given;
  const app = await created(platform, appOf(BullMqConsumerModule.forDashboard(), [Own]), options);
  app.setGlobalPrefix('api');
  app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
  const origin = await served(app);
  expect((await ask(`${origin}/api/v1/app/hello`)).text).toBe('hello');
  expect((await ask(`${origin}/drover/api/v1`)).status).toBe(200);
  expect((await ask(`${origin}/drover/api/v1/queues?limit=5`)).status).toBe(200);
  const paused = await pause(origin, '/drover');
  expect(paused.text).toContain('mails');
  expect(paused.status).toBe(200);
  if (!('bodyParser' in options)) {
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: '{"a":1}' };
    expect((await ask(`${origin}/api/v1/app/echo`, init)).text).toBe('{"a":1}');
  }
  for (const path of ['/droverx', '/DROVER/api/v1', '/x/drover', '/drove'])
    expect((await ask(`${origin}${path}`)).headers.get('x-request-id'), path).toBeNull();
  for (const path of ['/drover', '/drover/', '/drover/nothing', '/drover/api/v1/queues/%2F/x'])
    expect((await ask(`${origin}${path}`)).status, path).toBe(404);
  for (const path of ['/drover', '/drover/queues/mails']) {
    const page = await fetch(`${origin}${path}`, { headers: { accept: 'text/html' } });
    const text = await page.text();
    const root = new URL(/<base href="([^"]+)"/.exec(text)![1]!, page.url);
    expect(root.href).toBe(`${origin}/drover/`);
    const [, script] = /<script [^>]*src="([^"]+)"/.exec(text)!;
    expect((await ask(new URL(script!, root).href)).status).toBe(200);
  }
});

test.each(PLATFORMS)('%s: a route for every path does not take the dashboard', async (platform) => {
  const app = await created(
    platform,
    appOf(BullMqConsumerModule.forDashboard({ path: 'ops/queues/' }), [Everything]),
  );
  const origin = await served(app);
  expect((await ask(`${origin}/anything`)).text).toBe('page');
  expect((await ask(`${origin}/ops/queues/health/live`)).text).toContain('alive');
});

test.each(PLATFORMS)('%s: an injected service says who gets in', async (platform) => {
  @Injectable()
  class Sessions {
    userOf(token: string | null): string | null {
      return token === 'good' ? 'ann' : null;
    }
  }
  @Module({ providers: [Sessions], exports: [Sessions] })
  class AuthModule {}
  const seen: unknown[] = [];
  const dashboard = BullMqConsumerModule.forDashboardAsync({
    imports: [AuthModule],
    inject: [Sessions],
    useFactory: (sessions: Sessions): DashboardOptions => ({
      path: '/ops',
      authorize(request, incoming) {
        seen.push((incoming as { user?: unknown }).user);
        const id = sessions.userOf(request.headers.get('x-session'));
        return id === null
          ? null
          : { kind: 'application', id, name: id, grants: [{ may: ['viewer'] }] };
      },
    }),
  });
  const app = await created(platform, appOf(dashboard));
  app.use((request: object, _response: unknown, next: () => void) => {
    Object.assign(request, { user: 'of a middleware' });
    next();
  });
  const origin = await served(app);
  const queues = `${origin}/ops/api/v1/queues`;
  expect((await ask(queues)).status).toBe(401);
  expect((await ask(queues, { headers: { 'x-session': 'bad' } })).status).toBe(401);
  expect((await ask(queues, { headers: { 'x-session': 'good' } })).status).toBe(200);
  expect(seen).toContain('of a middleware');
  expect((await pause(origin, '/ops')).status).toBe(401);
});

test.each(PLATFORMS)('%s: open streams end, and the application closes', async (platform) => {
  const app = await created(platform, appOf(BullMqConsumerModule.forDashboard()));
  const origin = await served(app);
  const stream = await fetch(`${origin}/drover/api/v1/overview/stream`);
  expect(stream.status).toBe(200);
  const unread = await fetch(`${origin}/drover/api/v1/overview/stream`);
  expect(unread.status).toBe(200);
  const whole = stream.text();
  await app.close();
  expect(await whole).toContain('event:');
  await unread.text();
});

test.each<[DashboardOptions, RegExp]>([
  [{ path: '' }, /path of its own/],
  [{ path: '/' }, /path of its own/],
  [{ path: '/a/*' }, /path of its own/],
  [{ path: '/a/../b' }, /path of its own/],
  [{ path: '/:id' }, /path of its own/],
  [{ authorise: () => null } as DashboardOptions, /did you mean `authorize`/],
  [{ authorize: () => null, access: {} }, /not both/],
  [{ bodyLimit: -1 }, /bodyLimit/],
  [{ dashboard: { environment: '' } }, /dashboard\.environment/],
])('refuses %o, naming the module', async (options, message) => {
  const app = await created('Express', appOf(BullMqConsumerModule.forDashboard(options)));
  onTestFinished(() => app.close());
  const refused = await app.init().catch((error) => error);
  expect(String(refused.message)).toMatch(/^BullMqConsumerModule\.forDashboard\(\): /);
  expect(String(refused.message)).toMatch(message);
});

test('an application without an HTTP server is told, and goes on', async () => {
  const lines: string[] = [];
  const write = (_fields: object, message: string): void => void lines.push(message);
  const logger = { info: write, warn: write, error: write, debug: write };
  @Module({
    imports: [
      BullMqConsumerModule.forRoot({ redisUrl: server.url, logger }),
      BullMqConsumerModule.forDashboard(),
    ],
  })
  class App {}
  const app = await NestFactory.createApplicationContext(App, { logger: false });
  await app.close();
  expect(lines.filter((line) => line.includes('no HTTP server'))).toHaveLength(1);
});
