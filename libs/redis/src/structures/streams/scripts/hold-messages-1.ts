import { LuaScript } from '../../../connection/scripts/script.js';

/**
 * A sign of life for messages that a consumer works on. One that was taken over meanwhile is not taken back.
 *
 * - KEYS[1] stream
 * - ARGV[1] group, ARGV[2] consumer, ARGV[3…] ids
 * - returns how many the consumer still has
 */
export const holdMessages = new LuaScript({
  name: 'hold-messages-1',
  numberOfKeys: 1,
  lua: `
local held = 0
for at = 3, #ARGV do
  local id = ARGV[at]
  if redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1, ARGV[2])[1] then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'JUSTID')
    held = held + 1
  end
end
return held
`,
});
