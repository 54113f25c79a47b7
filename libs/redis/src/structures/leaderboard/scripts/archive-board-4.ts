import { LuaScript } from '../../../connection/scripts/script.js';

/**
 * Puts a board aside under another name, and so leaves an empty one.
 *
 * - KEYS[1] scores, KEYS[2] reached, KEYS[3] and KEYS[4] the same of the archive (one slot)
 * - ARGV[1] life of the archive in ms or '0' to keep it
 * - returns number of members, 0 for an empty board (nothing is done), -1 when the archive exists
 */
export const archiveBoard = new LuaScript({
  name: 'archive-board-4',
  numberOfKeys: 4,
  lua: `
if redis.call('EXISTS', KEYS[3]) == 1 then return -1 end
local members = redis.call('ZCARD', KEYS[1])
if members == 0 then return 0 end
for at = 1, 2 do
  if redis.call('EXISTS', KEYS[at]) == 1 then
    redis.call('RENAME', KEYS[at], KEYS[at + 2])
    if ARGV[1] == '0' then
      redis.call('PERSIST', KEYS[at + 2])
    else
      redis.call('PEXPIRE', KEYS[at + 2], ARGV[1])
    end
  end
end
return members
`,
});
