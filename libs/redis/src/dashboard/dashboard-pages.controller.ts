import {
  Controller,
  Get,
  NotFoundException,
  Param,
  Req,
  Res,
  UseGuards,
  VERSION_NEUTRAL,
  type CanActivate,
  type Type,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { NoCache } from '../cache/decorators/cache-metadata.js';
import { readAssets } from './dashboard-assets.js';

const PAGES = ['caches', 'sessions', 'slow-log', 'write-behind', 'connections', 'warnings'];

/** The pages and what they are made of, on a path and behind guards. All addresses in them are relative. */
export function dashboardPages(
  path: string,
  guards: readonly (Type<CanActivate> | CanActivate)[],
): Type {
  @NoCache()
  @UseGuards(...guards)
  @Controller({ path, version: VERSION_NEUTRAL })
  class RedisDashboardPagesController {
    readonly #assets = readAssets();

    @Get()
    overview(@Req() request: Request, @Res() response: Response): void {
      const { isFolder, name } = addressed(request);
      // Relative to the page, so that it is right behind a proxy that shortens paths.
      if (!isFolder) return response.redirect(308, `${name}/`);
      this.#send(response, 'index.html');
    }

    @Get('assets/:file')
    asset(@Param('file') file: string, @Res() response: Response): void {
      // Asked for anew each time, and not sent again while it is the same.
      response.setHeader('Cache-Control', 'private, no-cache');
      this.#send(response, file);
    }

    @Get(':page')
    page(@Param('page') page: string, @Req() request: Request, @Res() response: Response): void {
      if (!PAGES.includes(page)) throw notFound(page);
      if (addressed(request).isFolder) return response.redirect(308, `../${page}`);
      this.#send(response, 'index.html');
    }

    #send(response: Response, name: string): void {
      const asset = this.#assets.get(name);
      if (!asset) throw notFound(name);
      response.type(asset.type).send(asset.bytes);
    }
  }
  return RedisDashboardPagesController;
}

/** The last part of the path as the client wrote it: Express takes it with and without a slash. */
function addressed({ originalUrl }: Request): {
  readonly isFolder: boolean;
  readonly name: string;
} {
  const [path = ''] = originalUrl.split('?');
  return { isFolder: path.endsWith('/'), name: path.slice(path.lastIndexOf('/') + 1) };
}

function notFound(name: string): NotFoundException {
  return new NotFoundException(`The dashboard has no \`${name}\`.`);
}
