import { ConfigurationError } from '../common/errors.js';
import { parseDuration, type Duration } from '../common/duration.js';
import { namesSeveral, oneFromUrl, severalFromUrl } from '../connection/connection-url.js';
import type { TextStyle } from './text-edit.js';

/** What `nest add nestjs-redis-kit` is told; `schema.json` describes it for the command line. */
export interface NestAddOptions {
  /** Folder of the sources, from the CLI. */
  readonly sourceRoot?: string;
  /** Root module, in `sourceRoot`. Default `app.module.ts` */
  readonly module?: string;
  /** Where Redis is when `REDIS_URL` is not set. Default `embedded` */
  readonly connection?: string;
  /** Life of an entry of the cache that names no other. Default `5m` */
  readonly ttl?: string | number;
  /** Sessions too. Default false */
  readonly sessions?: boolean;
  /** From the CLI: true to install nothing. */
  readonly skipInstall?: boolean;
}

/** What is written into the module. */
export interface KitOptions {
  readonly connection: string;
  readonly ttl: string | number;
  readonly hasSessions: boolean;
}

/** @throws ConfigurationError for a URL or a duration that cannot be, and for a password in the URL */
export function kitOptionsOf({ connection, ttl, sessions }: NestAddOptions): KitOptions {
  return {
    connection: checkedConnection(connection ?? 'embedded'),
    ttl: checkedTtl(ttl ?? '5m'),
    hasSessions: sessions ?? false,
  };
}

function checkedConnection(connection: string): string {
  if (connection === 'embedded') return connection;
  const read = namesSeveral(connection) ? severalFromUrl : oneFromUrl;
  if (read(connection, '--connection').password !== undefined)
    throw new ConfigurationError(
      '--connection',
      '(a URL with a password, not shown)',
      'A password does not belong into a source file. Give the URL without it, and set REDIS_URL where the application runs.',
    );
  return connection;
}

function checkedTtl(ttl: string | number): string | number {
  parseDuration(ttl as Duration, '--ttl');
  return ttl;
}

/** `RedisModule.forRoot({ … })` as it stands in a list of imports. */
export function forRootCall(
  className: string,
  options: KitOptions,
  { indentation, style }: { readonly indentation: string; readonly style: TextStyle },
): string {
  const { indent, newline } = style;
  const text = (value: string): string => quoted(value, style.quote);
  const ttl = typeof options.ttl === 'number' ? String(options.ttl) : text(options.ttl);
  return [
    `${className}.forRoot({`,
    `${indent}connection: process.env.REDIS_URL ?? ${text(options.connection)},`,
    `${indent}cache: { ttl: ${ttl} },`,
    ...(options.hasSessions ? sessionLines(style) : []),
    '})',
  ].join(newline + indentation);
}

function sessionLines({ indent, quote }: TextStyle): readonly string[] {
  return [
    `${indent}session: {`,
    `${indent}${indent}secret: process.env.SESSION_SECRET,`,
    `${indent}${indent}idleTimeout: ${quoted('30m', quote)},`,
    `${indent}${indent}absoluteTimeout: ${quoted('12h', quote)},`,
    `${indent}},`,
  ];
}

export function quoted(text: string, quote: TextStyle['quote']): string {
  return quote + text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`) + quote;
}
