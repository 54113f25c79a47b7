import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Reads a generation, or makes one where there is none; keeps it alive longer than the entries that
 * will carry it. A lost generation comes back with another random value, so it never matches again.
 *
 * - KEYS[1] generation
 * - ARGV[1] random value for a new one, ARGV[2] life in ms
 * - returns the value: the random part, a dot, the time of its birth in ms since the Unix epoch
 */
export const ensureGeneration = new LuaScript({
  name: 'ensure-generation-1',
  numberOfKeys: 1,
  lua: `
local value = redis.call('GET', KEYS[1])
if not value then
  local time = redis.call('TIME')
  value = ARGV[1] .. '.' .. time[1] .. string.format('%03d', math.floor(time[2] / 1000))
  redis.call('SET', KEYS[1], value, 'PX', ARGV[2])
  return value
end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) / 2 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return value
`,
});
