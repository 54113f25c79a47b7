import { LuaScript } from '../../../connection/scripts/script.js';

/**
 * Reads the places around a member.
 *
 * - KEYS[1] scores, KEYS[2] reached (one slot)
 * - ARGV[1] member, ARGV[2] places on each side, ARGV[3] '1' for the highest first, ARGV[4] '1' when digits
 *   stand before the members
 * - returns { first place from 0, place of the member from 0, member, score, member, score … }, empty when the
 *   member is not on the board
 */
export const readAround = new LuaScript({
  name: 'read-around-2',
  numberOfKeys: 2,
  lua: `
local digits = ''
if ARGV[4] == '1' then
  digits = redis.call('HGET', KEYS[2], ARGV[1])
  if not digits then return {} end
end
local isHighest = ARGV[3] == '1'
local place = redis.call(isHighest and 'ZREVRANK' or 'ZRANK', KEYS[1], digits .. ARGV[1])
if not place then return {} end
local first = math.max(0, place - tonumber(ARGV[2]))
local range = isHighest and 'ZREVRANGE' or 'ZRANGE'
local found = redis.call(range, KEYS[1], first, place + tonumber(ARGV[2]), 'WITHSCORES')
table.insert(found, 1, place)
table.insert(found, 1, first)
return found
`,
});
