import {
  BadRequestException,
  Catch,
  Controller,
  Get,
  Header,
  HttpCode,
  Redirect,
  Render,
  Req,
  Res,
  Sse,
  StreamableFile,
  UseFilters,
  UseInterceptors,
  type ArgumentsHost,
  type ExceptionFilter,
  type MessageEvent,
} from '@nestjs/common';
import { Readable } from 'node:stream';
import type { Request, Response } from 'express';
import { of, type Observable } from 'rxjs';
import { CacheInterceptor, CacheScope } from 'nestjs-redis-kit';
import { eventually } from '../../support/eventually.js';

/** Larger bodies are not stored. */
export const LIMIT = 50_000;
/** How often handlers have run. */
export const counted = { runs: 0 };

class TeapotError extends Error {}

/** Answers by a status and a field of its own. */
@Catch(TeapotError)
class TeapotFilter implements ExceptionFilter {
  catch(error: TeapotError, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    response.status(418).set('X-Filtered', 'yes').json({ error: error.message });
  }
}

/** Every way in which a handler can answer. */
@Controller()
@UseInterceptors(CacheInterceptor)
@CacheScope('public')
export class AnswersController {
  @Get('object')
  object(): object {
    counted.runs += 1;
    return { text: 'caf\u00e9 \ud83d\ude00', nested: [1, null, { a: undefined }] };
  }

  @Get('text')
  text(): string {
    counted.runs += 1;
    return 'text';
  }

  @Get('number')
  number(): number {
    counted.runs += 1;
    return 0;
  }

  @Get('false')
  no(): boolean {
    counted.runs += 1;
    return false;
  }

  @Get('null')
  nothing(): null {
    counted.runs += 1;
    return null;
  }

  @Get('undefined')
  undefined(): void {
    counted.runs += 1;
  }

  @Get('empty-string')
  emptyString(): string {
    counted.runs += 1;
    return '';
  }

  @Get('observable')
  observable(): Observable<object> {
    counted.runs += 1;
    return of({ last: 1 });
  }

  @Get('code')
  @HttpCode(203)
  code(): object {
    counted.runs += 1;
    return {};
  }

  @Get('no-content')
  @HttpCode(204)
  noContent(): void {
    counted.runs += 1;
  }

  @Get('fields')
  @Header('X-Static', 'one')
  @Header('Content-Type', 'application/vnd.kit+json')
  fields(@Res({ passthrough: true }) response: Response): object {
    counted.runs += 1;
    response.set('X-Dynamic', 'two').append('Link', '</a>').append('Link', '</b>');
    return {};
  }

  @Get('status')
  status(@Res({ passthrough: true }) response: Response): object {
    counted.runs += 1;
    response.status(203);
    return { made: true };
  }

  @Get('csv')
  csv(@Res({ passthrough: true }) response: Response): string {
    counted.runs += 1;
    response.type('text/csv');
    return 'a,b\n';
  }

  @Get('moved')
  @Redirect('/elsewhere', 301)
  moved(): void {
    counted.runs += 1;
  }

  @Get('moved-dynamically')
  @Redirect()
  movedDynamically(): object {
    counted.runs += 1;
    return { url: '/there', statusCode: 308 };
  }

  @Get('view')
  @Render('page')
  view(): object {
    counted.runs += 1;
    return { title: 'A & B' };
  }

  @Get('buffer')
  buffer(@Res() response: Response): void {
    counted.runs += 1;
    response.type('application/octet-stream').send(Buffer.from([0, 255, 13, 10]));
  }

  @Get('returned-buffer')
  returnedBuffer(): Buffer {
    counted.runs += 1;
    return Buffer.from([0, 255, 13, 10]);
  }

  @Get('file-below')
  fileBelow(): StreamableFile {
    counted.runs += 1;
    return new StreamableFile(Buffer.alloc(LIMIT / 2, 'x'), {
      type: 'text/plain',
      disposition: 'attachment; filename="x.txt"',
    });
  }

  @Get('stream-below')
  streamBelow(): StreamableFile {
    counted.runs += 1;
    return new StreamableFile(Readable.from(['first ', 'second ', 'third']));
  }

  @Get('file-above')
  fileAbove(): StreamableFile {
    counted.runs += 1;
    return new StreamableFile(Buffer.alloc(LIMIT * 2, 'x'), { type: 'text/plain' });
  }

  @Get('stream-above')
  streamAbove(): StreamableFile {
    counted.runs += 1;
    return new StreamableFile(
      Readable.from(Array.from({ length: 20 }, () => 'x'.repeat(LIMIT / 10))),
    );
  }

  @Get('manual')
  manual(@Res() response: Response): void {
    counted.runs += 1;
    response.writeHead(203, { 'Content-Type': 'text/plain', 'X-By': 'hand' });
    response.write('in ');
    response.write(Buffer.from('parts '), () => response.end('6162', 'hex'));
  }

  /** Its head is out a second before its end. */
  @Get('slow')
  async slow(@Res() response: Response): Promise<void> {
    counted.runs += 1;
    const second = (): number => Math.floor(Date.now() / 1000);
    const begun = second();
    response.write('begun');
    await eventually(() => {
      if (second() === begun) throw new Error('the same second');
    });
    response.end(', done');
  }

  @Get('manual-json')
  manualJson(@Res() response: Response): void {
    counted.runs += 1;
    response.json({ by: 'hand' });
  }

  @Get('sent-file')
  sentFile(@Req() request: Request, @Res() response: Response): void {
    counted.runs += 1;
    response.sendFile('page.hbs', { root: String(request.app.get('views')) });
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    counted.runs += 1;
    return of({ data: 'one' }, { data: 'two' });
  }

  @Get('bad-request')
  badRequest(): never {
    counted.runs += 1;
    throw new BadRequestException('not like this');
  }

  @Get('failure')
  failure(): never {
    counted.runs += 1;
    throw new Error('broken');
  }

  @Get('rejected')
  async rejected(): Promise<never> {
    counted.runs += 1;
    return Promise.reject(new Error('broken'));
  }

  @Get('teapot')
  @UseFilters(TeapotFilter)
  teapot(): never {
    counted.runs += 1;
    throw new TeapotError('short and stout');
  }

  @Get('half')
  half(@Res() response: Response): void {
    counted.runs += 1;
    response.set('Content-Length', '10').write('first');
    throw new Error('broken');
  }
}
