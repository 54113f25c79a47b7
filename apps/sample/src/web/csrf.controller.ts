import { Controller, Get } from '@nestjs/common';
import { CsrfToken } from 'nestjs-redis-kit';

@Controller('api/csrf')
export class CsrfController {
  /** For scripts that use the API with the cookie: send it as `x-csrf-token`. A login or a logout ends it. */
  @Get()
  token(@CsrfToken() token: string): { token: string } {
    return { token };
  }
}
