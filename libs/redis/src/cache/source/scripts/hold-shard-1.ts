import { LuaScript } from '../../../connection/scripts/script.js';

/**
 * Takes, extends or gives back the right to write the changes of a shard. Each taking has a token
 * of its own: a process that lost the shard cannot extend it, though nobody has it now, since another may
 * have written meanwhile.
 *
 * - KEYS[1] owner
 * - ARGV[1] token, ARGV[2] 'take', 'extend' or 'release', ARGV[3] life in ms
 * - returns 1 done, 0 refused
 */
export const holdShard = new LuaScript({
  name: 'hold-shard-1',
  numberOfKeys: 1,
  lua: `
local holder = redis.call('GET', KEYS[1])
if ARGV[2] == 'take' then
  if holder and holder ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
  return 1
end
if holder ~= ARGV[1] then return 0 end
if ARGV[2] == 'extend' then return redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return redis.call('DEL', KEYS[1])
`,
});
