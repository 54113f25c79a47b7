import { LuaScript } from '../../../connection/scripts/script.js';
import { BURY } from './bury.js';

/**
 * Gives a consumer messages: first those that others left (dead, or failed and due again), then new ones. No
 * BLOCK, so all groups share one connection; the wake channel stands in for it.
 *
 * - KEYS[1] stream, KEYS[2] dead letters (one slot)
 * - ARGV[1] group, ARGV[2] consumer, ARGV[3] most messages, ARGV[4] ms without a sign of life after which a
 *   message is taken over, ARGV[5] most deliveries, ARGV[6] where to go on looking for those ('0-0' to begin)
 * - returns { where to go on, { id, data, deliveries } …, ids of messages that became dead letters, how many were
 *   looked at }: as many as asked for, or more, means that others may wait, also where most were passed over
 *
 * A message whose consumers died each time has had its deliveries as well: it becomes a dead letter here, or
 * it would take down one process after the other. A retried letter is for one group; the others pass over it.
 */
export const takeMessages = new LuaScript({
  name: 'take-messages-2',
  numberOfKeys: 2,
  lua: `
${BURY}
local group, room, messages, buried = ARGV[1], tonumber(ARGV[3]), {}, {}
local function give(id, fields, deliveries)
  if fields[3] == 'g' and fields[4] ~= group then
    redis.call('XACK', KEYS[1], group, id)
  else
    messages[#messages + 1] = { id, fields[2], deliveries }
  end
end
local claimed = redis.call('XAUTOCLAIM', KEYS[1], group, ARGV[2], ARGV[4], ARGV[6], 'COUNT', room)
for _, message in ipairs(claimed[2]) do
  if message and message[2] then
    local id = message[1]
    local deliveries = redis.call('XPENDING', KEYS[1], group, id, id, 1)[1][4]
    if deliveries > tonumber(ARGV[5]) then
      bury(KEYS[1], KEYS[2], group, id, message[2][2], deliveries - 1, 'Its consumers ended without an answer.')
      buried[#buried + 1] = id
    else
      give(id, message[2], deliveries)
    end
  end
end
local seen = #claimed[2]
if room > #messages then
  local read = redis.call('XREADGROUP', 'GROUP', group, ARGV[2], 'COUNT', room - #messages, 'STREAMS', KEYS[1], '>')
  for _, message in ipairs(read and read[1][2] or {}) do
    seen = seen + 1
    give(message[1], message[2], 1)
  end
end
return { claimed[1], messages, buried, seen }
`,
});
