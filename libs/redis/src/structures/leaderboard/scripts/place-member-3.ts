import { LuaScript } from '../../../connection/scripts/script.js';

/**
 * Gives a member a score, all or nothing.
 *
 * - KEYS[1] scores, KEYS[2] reached, KEYS[3] operation (one slot: the hash tag is board and season)
 * - ARGV[1] member, ARGV[2] number, ARGV[3] 'add' to what there is, or when to take the number as the score:
 *   'always', 'new', 'higher', 'lower'; ARGV[4] ties: 'member', or 'first-high' and 'first-low' for the order;
 *   ARGV[5] end of the keys in ms since the epoch or '0', ARGV[6] life of the operation in ms or '0' for none
 * - returns { 1 changed, 0 not, -1 out of range, 2 repeated; score, or false when there is none }
 *
 * A score of equals stays in the order in which it was reached because 16 digits stand before the member:
 * a sorted set orders equal scores by bytes. In the score itself they would take its precision. Numbers become
 * text by %.17g, since Lua's own way keeps 14 digits.
 *
 * HINCRBY comes first: where Redis is out of memory, it fails there and nothing is done.
 */
export const placeMember = new LuaScript({
  name: 'place-member-3',
  numberOfKeys: 3,
  lua: `
local member, mode, ties = ARGV[1], ARGV[3], ARGV[4]
if ARGV[6] ~= '0' then
  local known = redis.call('GET', KEYS[3])
  if known then return { 2, known } end
end
local digits = ties == 'member' and '' or redis.call('HGET', KEYS[2], member)
local before = digits and redis.call('ZSCORE', KEYS[1], digits .. member)
local after = tonumber(ARGV[2])
if mode == 'add' and before then after = after + tonumber(before) end
if math.abs(after) > 9007199254740991 then return { -1, before } end
if after == 0 then after = 0 end
local stays = before and (mode == 'new' or tonumber(before) == after
  or (mode == 'higher' and after < tonumber(before)) or (mode == 'lower' and after > tonumber(before)))
local score = stays and before or string.format('%.17g', after)
if not stays then
  if ties == 'member' then
    redis.call('ZADD', KEYS[1], score, member)
  else
    local turn = redis.call('HINCRBY', KEYS[2], '', 1)
    if before then redis.call('ZREM', KEYS[1], digits .. member) end
    if ties == 'first-high' then turn = 9007199254740991 - turn end
    digits = string.format('%016.0f', turn)
    redis.call('HSET', KEYS[2], member, digits)
    redis.call('ZADD', KEYS[1], score, digits .. member)
  end
end
if ARGV[5] ~= '0' then
  redis.call('PEXPIREAT', KEYS[1], ARGV[5])
  redis.call('PEXPIREAT', KEYS[2], ARGV[5])
end
if ARGV[6] ~= '0' then redis.call('SET', KEYS[3], score, 'PX', ARGV[6]) end
return { stays and 0 or 1, score }
`,
});
