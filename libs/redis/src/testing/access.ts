import { randomBytes } from 'node:crypto';
import type { ConnectionOptions as TlsConnectionOptions } from 'node:tls';
import type { RedisOptions } from 'ioredis';
import { makeCertificates, type Certificates } from './certificates.js';

/** An ACL user of a test. */
export interface TestUser {
  readonly username: string;
  readonly password: string;
  /** ACL rules besides the password, such as `['~cache:*', '&*', '+@all', '-@dangerous']`. */
  readonly rules: readonly string[];
}

/** How the servers of a topology let clients in. */
export interface AccessOptions {
  /**
   * True for TLS alone (no plain port), with a certificate authority made for this topology. `'mutual'`
   * asks clients for a certificate too. Default false. Needs the program `openssl`.
   */
  readonly tls?: boolean | 'mutual';
  /** The only user whom `connection` names; the `default` user gets a password that clients do not know. */
  readonly user?: TestUser;
}

/** The lines of `redis.conf` and the options of clients that belong together. */
export interface Access {
  config(port: number, isSentinel: boolean): string[];
  /** For the test itself, as the all-powerful user. */
  readonly admin: RedisOptions;
  /** For the Sentinels, which have no users here. */
  readonly sentinel: RedisOptions;
  /** Part of the option `connection`. */
  readonly connection: {
    readonly username?: string;
    readonly password?: string;
    readonly tls?: TlsConnectionOptions;
  };
  readonly adminPassword: string | undefined;
  readonly certificates: Certificates | undefined;
}

export async function openAccess(options: AccessOptions, folder: string): Promise<Access> {
  const certificates = options.tls ? await makeCertificates(folder) : undefined;
  const { user } = options;
  const adminPassword = user && randomBytes(18).toString('hex');
  const tls: TlsConnectionOptions | undefined = certificates && {
    ca: certificates.ca,
    ...(options.tls === 'mutual' && { cert: certificates.cert, key: certificates.key }),
  };
  return {
    config: (port, isSentinel) => [
      ...(certificates ? tlsLines(certificates, port, options.tls === 'mutual') : []),
      ...(user && !isSentinel
        ? [userLine(user), `requirepass ${adminPassword}`, `masterauth ${adminPassword}`]
        : []),
    ],
    admin: { password: adminPassword, tls },
    sentinel: { tls },
    connection: {
      ...(user && { username: user.username, password: user.password }),
      ...(tls && { tls }),
    },
    adminPassword,
    certificates,
  };
}

function userLine({ username, password, rules }: TestUser): string {
  // Quoted, since a password may hold spaces.
  return [
    'user',
    username,
    'on',
    ...[`>${password}`, ...rules].map((rule) => JSON.stringify(rule)),
  ].join(' ');
}

function tlsLines({ files }: Certificates, port: number, isMutual: boolean): string[] {
  return [
    'port 0',
    `tls-port ${port}`,
    `tls-ca-cert-file ${files.ca}`,
    `tls-cert-file ${files.cert}`,
    `tls-key-file ${files.key}`,
    `tls-auth-clients ${isMutual ? 'yes' : 'no'}`,
    'tls-replication yes',
  ];
}
