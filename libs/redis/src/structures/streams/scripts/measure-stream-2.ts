import { LuaScript } from '../../../connection/scripts/script.js';

/**
 * How much waits in a stream.
 *
 * - KEYS[1] stream, KEYS[2] dead letters (one slot)
 * - returns { messages, dead letters, group, its messages that are worked on, group … }
 */
export const measureStream = new LuaScript({
  name: 'measure-stream-2',
  numberOfKeys: 2,
  lua: `
local measures = { redis.call('XLEN', KEYS[1]), redis.call('XLEN', KEYS[2]) }
if redis.call('EXISTS', KEYS[1]) == 0 then return measures end
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  for at = 1, #group, 2 do
    if group[at] == 'name' or group[at] == 'pending' then measures[#measures + 1] = group[at + 1] end
  end
end
return measures
`,
});
