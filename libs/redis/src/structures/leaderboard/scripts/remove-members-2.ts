import { LuaScript } from '../../../connection/scripts/script.js';

/**
 * Takes members off a board.
 *
 * - KEYS[1] scores, KEYS[2] reached (one slot)
 * - ARGV[1] '1' when digits stand before the members, ARGV[2…] members
 * - returns how many were there
 */
export const removeMembers = new LuaScript({
  name: 'remove-members-2',
  numberOfKeys: 2,
  lua: `
local removed = 0
for at = 2, #ARGV do
  local digits = ARGV[1] == '1' and redis.call('HGET', KEYS[2], ARGV[at]) or ''
  if digits ~= '' or ARGV[1] ~= '1' then
    removed = removed + redis.call('ZREM', KEYS[1], digits .. ARGV[at])
    if digits ~= '' then redis.call('HDEL', KEYS[2], ARGV[at]) end
  end
end
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('DEL', KEYS[2]) end
return removed
`,
});
