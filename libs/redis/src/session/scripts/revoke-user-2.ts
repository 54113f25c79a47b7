import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Begins a new epoch of a user, so that all sessions begun before are refused, and takes them out of the
 * index. The caller then ends them; should it die first, or should the index have lost one, the epoch
 * holds all the same.
 *
 * KEYS[1]  the user's index (see register-session-2)
 * KEYS[2]  the user's epoch (same slot): `<number>`, or `<number> <handle that stays>`
 * ARGV[1]  handle of the one session that stays, or ''
 * ARGV[2]  how long the epoch is remembered, in ms: longer than a session can live unseen
 * Returns  {epoch, handle, entry, …}: the entries that were taken out
 * TTL      ARGV[2] for the epoch; the index keeps its own
 *
 * The number is the server's time in ms, and always above the last one, so it never comes a second time,
 * also when the key was lost in between.
 */
const lua = `
local stays = ARGV[1]
local time = redis.call('TIME')
local number = time[1] * 1000 + math.floor(time[2] / 1000)
local last = tonumber(string.match(redis.call('GET', KEYS[2]) or '0', '^%d+') or '0')
if number <= last then number = last + 1 end
local stamp = string.format('%.0f', number)
if stays ~= '' then stamp = stamp .. ' ' .. stays end
redis.call('SET', KEYS[2], stamp, 'PX', ARGV[2])

local reply = {stamp}
local stored = redis.call('HGETALL', KEYS[1])
for at = 1, #stored, 2 do
  if stored[at] ~= stays then
    redis.call('HDEL', KEYS[1], stored[at])
    table.insert(reply, stored[at])
    table.insert(reply, stored[at + 1])
  end
end
return reply
`;

export const revokeUser = new LuaScript({ name: 'revoke-user', numberOfKeys: 2, lua });
