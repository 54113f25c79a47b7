// Nest without a cache and without sessions: what all others are divided by.
import { Controller, Get } from '@nestjs/common';
import { itemsController, startNest } from './nest-app.js';
import { serve } from './serve.js';

@Controller('session')
class NoSessionController {
  @Get('none')
  none(): object {
    return { visits: 0 };
  }

  @Get('read')
  read(): object {
    return { visits: 0 };
  }

  @Get('write')
  write(): object {
    return { visits: 0 };
  }
}

await serve(() => startNest({ controllers: [itemsController(), NoSessionController] }));
