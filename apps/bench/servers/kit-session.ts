// Our sessions.
import { RedisModule } from 'nestjs-redis-kit';
import { startNest } from './nest-app.js';
import { serve } from './serve.js';
import { SECRET, SessionController } from './session-routes.js';

await serve(({ redisUrl, prefix }) =>
  startNest({
    imports: [
      RedisModule.forRoot({
        connection: redisUrl,
        // The benchmark speaks plain HTTP, where a Secure cookie is not sent.
        session: { secret: SECRET, prefix, cookie: { name: 'sid', secure: 'auto' } },
      }),
    ],
    controllers: [SessionController],
  }),
);
