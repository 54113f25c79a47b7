// The application of the matrix, as a user writes it. It is compiled twice: as ES modules and as CommonJS.
import 'reflect-metadata';
import {
  Controller,
  Get,
  Module,
  Param,
  Post,
  Put,
  Req,
  Res,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import {
  CacheInterceptor,
  CacheService,
  CacheTags,
  CacheTTL,
  CurrentUser,
  InvalidateTags,
  RedisModule,
  SessionGuard,
  SessionService,
} from 'nestjs-redis-kit';

declare module 'express-session' {
  interface SessionData {
    visits?: number;
  }
}

let price = 1;

@Controller('items')
@UseInterceptors(CacheInterceptor)
class ItemsController {
  @Get(':id')
  @CacheTTL('10m')
  @CacheTags((context) => [`item:${String(context.params['id'])}`])
  find(@Param('id') id: string) {
    return { id, price };
  }

  @Put(':id')
  @InvalidateTags((context) => [`item:${String(context.params['id'])}`])
  raise() {
    price += 1;
    return { price };
  }
}

@Controller()
class AccountController {
  constructor(
    private readonly sessions: SessionService,
    private readonly cache: CacheService,
  ) {}

  @Post('login')
  async login(@Req() request: Request) {
    const user = await this.cache.getOrSet('user', () => 'ann');
    await this.sessions.login(request, user);
  }

  @Get('me')
  @UseGuards(SessionGuard)
  async me(@CurrentUser() user: string) {
    return { user, devices: (await this.sessions.list(user)).length };
  }

  @Post('logout')
  async logout(@Req() request: Request) {
    await this.sessions.logout(request);
  }

  @Post('visits')
  visit(@Req() request: Request, @Res() response: Response) {
    request.session.visits = (request.session.visits ?? 0) + 1;
    response.json({ visits: request.session.visits });
  }
}

@Module({
  imports: [
    RedisModule.forRoot({
      connection: process.env['REDIS_URL'] ?? 'embedded',
      cache: { ttl: '5m' },
      session: {
        secret: process.env['SESSION_SECRET'] ?? '',
        idleTimeout: '30m',
        absoluteTimeout: '12h',
        cookie: { name: 'sid' },
      },
    }),
  ],
  controllers: [ItemsController, AccountController],
})
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, {
    logger: ['error', 'warn'],
  });
  app.enableShutdownHooks();
  await app.listen(0, '127.0.0.1');
  process.send?.({ url: await app.getUrl() });
}

void main();
