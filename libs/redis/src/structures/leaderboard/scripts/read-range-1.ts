import { LuaScript } from '../../../connection/scripts/script.js';

/**
 * Reads consecutive places of a board and its size.
 *
 * - KEYS[1] scores
 * - ARGV[1] first place from 0, ARGV[2] number of places, ARGV[3] '1' for the highest first
 * - returns { size, member, score, member, score … }; digits before members are the caller's to cut off
 */
export const readRange = new LuaScript({
  name: 'read-range-1',
  numberOfKeys: 1,
  lua: `
local first, number = tonumber(ARGV[1]), tonumber(ARGV[2])
local found = {}
if number > 0 then
  local range = ARGV[3] == '1' and 'ZREVRANGE' or 'ZRANGE'
  local last = string.format('%.0f', first + number - 1)
  found = redis.call(range, KEYS[1], ARGV[1], last, 'WITHSCORES')
end
table.insert(found, 1, redis.call('ZCARD', KEYS[1]))
return found
`,
});
