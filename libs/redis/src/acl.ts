import { ACL_FEATURES, type AclFeature } from './access/acl-commands.js';
import { rulesFor, type AclRule, type AclUses } from './access/acl-rules.js';
import { ConfigurationError } from './common/errors.js';
import type { RedisModuleOptions } from './redis.options.js';
import { resolveOptions } from './resolve-options.js';

/**
 * The exact access rules that an application with these options needs: one for each connection that the module
 * uses, and one more for the Sentinels of a Sentinel connection. It asks no server. What the application
 * sends through `@InjectRedis` itself is not in it.
 *
 * ```ts
 * const [{ rules }] = aclRules(options, { features: ['streams'] });
 * await admin.call('ACL', 'SETUSER', 'shop', 'on', `>${password}`, ...rules);
 * ```
 *
 * @throws ConfigurationError for options that `RedisModule.forRoot` refuses, and for an unknown feature
 */
export function aclRules(options: RedisModuleOptions, uses: AclUses = {}): AclRule[] {
  for (const feature of uses.features ?? []) checkFeature(feature);
  for (const pattern of uses.patterns ?? []) checkPattern(pattern);
  return rulesFor(resolveOptions(options, Object.keys(options.connections ?? {})), uses);
}

function checkFeature(feature: AclFeature): void {
  if (ACL_FEATURES.includes(feature)) return;
  throw new ConfigurationError('features', feature, `Give some of: ${ACL_FEATURES.join(', ')}.`);
}

/** A space would end the rule, and the rest would be rules of its own. */
function checkPattern(pattern: string): void {
  if (typeof pattern === 'string' && /^\S+$/.test(pattern)) return;
  throw new ConfigurationError('patterns', pattern, 'Give text without spaces, such as `chat:*`.');
}
