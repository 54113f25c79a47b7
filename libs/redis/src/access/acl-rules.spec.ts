import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { aclRules } from '../acl.js';
import type { RedisModuleOptions } from '../redis.options.js';
import { EXPIRY_COMMANDS, FEATURE_COMMANDS } from './acl-commands.js';

const SRC = join(import.meta.dirname, '..');
const SECRET = 'a secret for tests, longer than 32 characters';
const ALL = ['write-behind', 'leaderboards', 'pub-sub', 'streams'] as const;
const CONTAINERS = new Set(['XGROUP', 'XINFO']);

/** Commands that the scripts of a folder call, as rules name them; those in variables are seen by their name alone. */
function calledIn(folder: string): string[] {
  const files = readdirSync(join(SRC, folder)).filter((file) => !file.endsWith('.spec.ts'));
  const text = files.map((file) => readFileSync(join(SRC, folder, file), 'utf8')).join('\n');
  const calls = [...text.matchAll(/redis\.p?call\(\s*'(\w+)'(?:,\s*'(\w+)')?/g)];
  const ranges = [...text.matchAll(/and '(\w+)' or '(\w+)'/g)].flatMap(([, one, two]) => [
    one!,
    two!,
  ]);
  return [
    ...calls.map(([, command, sub]) => (CONTAINERS.has(command!) ? `${command}|${sub}` : command!)),
    ...ranges.filter((word) => /^Z[A-Z]+$/.test(word)),
  ].map((command) => command.toLowerCase());
}

function ruleOf(options: Partial<RedisModuleOptions>, uses = {}): string[] {
  const all = aclRules({ connection: 'redis://localhost', ...options }, uses);
  return [...all[0]!.rules];
}

describe('the commands of a feature', () => {
  it.each([
    ['cache/scripts', FEATURE_COMMANDS.cache],
    ['cache/source/scripts', FEATURE_COMMANDS['write-behind']],
    ['session/scripts', [...FEATURE_COMMANDS.sessions, ...EXPIRY_COMMANDS]],
    ['structures/leaderboard/scripts', FEATURE_COMMANDS.leaderboards],
    ['structures/streams/scripts', FEATURE_COMMANDS.streams],
  ])('hold all that %s call', (folder, commands) => {
    const called = calledIn(folder);
    expect(called.length).toBeGreaterThan(10);
    expect(called.filter((command) => !commands.includes(command))).toEqual([]);
  });
});

describe('aclRules', () => {
  it('takes everything away before it gives anything', () => {
    const rules = ruleOf({});
    expect(rules[0]).toBe('resetkeys');
    expect(rules.indexOf('-@all')).toBeLessThan(rules.findIndex((rule) => rule.startsWith('+')));
    expect(rules.filter((rule) => /^\+@|allkeys|allchannels|^~\*$|^&\*$/.test(rule))).toEqual([]);
  });

  it('follows the options: prefixes, sessions, their events and expiry', () => {
    const session = { secret: SECRET, prefix: 'shop:' };
    expect(ruleOf({ cache: { prefix: 'c:' } })).toEqual(
      expect.arrayContaining(['~c:entry:*', '&c:bus']),
    );
    expect(ruleOf({}).join(' ')).not.toContain('sess:');
    const plain = ruleOf({ session });
    expect(plain).toEqual(expect.arrayContaining(['~shop:*', '~ended:{shop:*}', '+hgetall']));
    expect(plain).not.toContain('&index:shop:events');
    const full = ruleOf({ session: { ...session, expiryEvents: true, shareEvents: true } });
    expect(full).toEqual(
      expect.arrayContaining(['~index:shop:due:*', '&index:shop:events', '+zrem']),
    );
  });

  it('gives what a feature needs only to those who use it', () => {
    expect(ruleOf({}).filter((rule) => rule.startsWith('+x') || rule.startsWith('~app:'))).toEqual(
      [],
    );
    const rules = ruleOf({}, { features: ALL, patterns: ['chat:*'] });
    expect(rules).toEqual(
      expect.arrayContaining([
        '+xgroup|create',
        '~app:stream:*',
        '&app:channel:chat:*',
        '+zrevrank',
      ]),
    );
  });

  it('names what a Cluster client sends, and gives a Sentinel connection a second rule', () => {
    expect(ruleOf({})).not.toContain('+cluster|slots');
    expect(ruleOf({ connection: 'redis-cluster://a' })).toEqual(
      expect.arrayContaining(['+cluster|slots', '+asking']),
    );
    const rules = aclRules({ connection: 'redis-sentinel://a#mymaster' });
    expect(rules.map(({ server }) => server)).toEqual(['redis', 'sentinel']);
    expect(rules[1]!.rules).toContain('+sentinel|get-master-addr-by-name');
  });

  it('looks into a client of the application', () => {
    const sentinels = [{ host: 'a', port: 26379 }];
    const connection = new Redis({ sentinels, name: 'mymaster', db: 2, lazyConnect: true });
    const rules = aclRules({ connection });
    expect(rules.map(({ server }) => server)).toEqual(['redis', 'sentinel']);
    expect(rules[0]!.commands).toContain('select');
    const cluster = new Cluster([{ host: 'a' }], { lazyConnect: true });
    expect(ruleOf({ connection: cluster })).toContain('+cluster|slots');
  });

  it('makes one rule for each connection, with what that one is used for', () => {
    const rules = aclRules({
      connection: 'redis://a',
      connections: { logins: 'redis://b/2', unused: 'redis://c' },
      session: { secret: SECRET, connection: 'logins' },
    });
    expect(rules.map(({ connection }) => connection)).toEqual(['default', 'logins']);
    expect(rules[0]!.keys.join()).not.toContain('sess:');
    expect(rules[1]!.keys.join()).not.toContain('cache:');
    expect(rules[1]!.commands).toContain('select');
  });

  it('refuses unknown features and patterns that would be rules of their own', () => {
    expect(() => ruleOf({}, { features: ['strems'] })).toThrow('`features` is "strems"');
    expect(() => ruleOf({}, { patterns: ['a +@all'] })).toThrow('`patterns`');
  });
});
