import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { aclRules } from '../acl.js';
import { ACL_FEATURES, type AclFeature } from '../access/acl-commands.js';
import type { AclRule } from '../access/acl-rules.js';
import { asError, ConfigurationError } from '../common/errors.js';
import type { RedisModuleOptions } from '../redis.options.js';

export const ACL_HELP = `Usage: nestjs-redis-kit acl [options]

Prints the access rules that an application needs of Redis 6.2 or later, one ACL SETUSER for each connection.
Put your password in the place of PASSWORD. No server is asked.

  --options <file>     options of RedisModule.forRoot: a JSON file, or a module with them as its default export
  --connection <url>   in place of the connection in that file. Default redis://localhost:6379
  --sessions           the application has sessions; for use without --options
  --uses <list>        what else it uses, separated by commas: ${ACL_FEATURES.join(', ')}
  --pattern <pattern>  a channel pattern that it subscribes to, such as chat:*. May be given several times
  --client-info        the server is Redis 7.2 or later: lets ioredis tell its name and version
  --user <name>        name of the user. Default app
  --help               this text
`;

const FLAGS = {
  options: { type: 'string' },
  connection: { type: 'string' },
  sessions: { type: 'boolean' },
  uses: { type: 'string' },
  pattern: { type: 'string', multiple: true },
  'client-info': { type: 'boolean' },
  user: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * The command `acl`.
 *
 * @returns what to print
 * @throws an error for a flag, a file or an option that cannot be
 */
export async function aclCommand(args: readonly string[]): Promise<string> {
  const { values } = parseArgs({ args: [...args], options: FLAGS });
  if (values.help) return ACL_HELP;
  const user = userName(values.user ?? 'app');
  const given = values.options === undefined ? {} : await readOptions(values.options);
  const connection = values.connection ?? given.connection ?? 'redis://localhost:6379';
  const session = given.session ?? (values.sessions ? {} : undefined);
  const options = { ...given, connection, session: session && { ...session, secret: secret() } };
  const rules = aclRules(options, {
    features: (values.uses ?? '').split(',').filter(Boolean).map(trimmed),
    patterns: values.pattern ?? [],
    clientInfo: values['client-info'] ?? false,
  });
  return rules.map((rule) => lineOf(rule, user)).join('\n') + '\n';
}

function trimmed(feature: string): AclFeature {
  return feature.trim() as AclFeature;
}

/** Rules do not depend on it, and it has no business in a file that is shown around. */
function secret(): string {
  return randomBytes(32).toString('base64url');
}

/** Spaces would make rules of the rest of it. */
function userName(name: string): string {
  if (/^[^\s"']+$/.test(name)) return name;
  throw new ConfigurationError('--user', name, 'Give a name without spaces and quotes.');
}

async function readOptions(file: string): Promise<Partial<RedisModuleOptions>> {
  const path = resolve(file);
  const read = path.endsWith('.json') ? readJson(path) : readModule(path);
  const options = await read.catch((error: unknown) => {
    const cause = asError(error);
    const message = `The file \`${file}\` of --options cannot be read: ${cause.message}`;
    throw new Error(message, { cause });
  });
  if (typeof options === 'object' && options !== null) return options;
  throw new ConfigurationError(
    '--options',
    file,
    'Give a JSON file with an object, or a module whose default export is the options object.',
  );
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8')) as unknown;
}

async function readModule(path: string): Promise<unknown> {
  const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  return module.default;
}

function lineOf({ connection, server, rules }: AclRule, user: string): string {
  const where = server === 'sentinel' ? 'Sentinels of connection' : 'Connection';
  return `# ${where} ${connection}\nACL SETUSER ${user} on >PASSWORD ${rules.join(' ')}`;
}
