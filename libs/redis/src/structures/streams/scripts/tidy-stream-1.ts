import { LuaScript } from '../../../connection/scripts/script.js';

/**
 * Removes the messages that every group has acknowledged, and the consumers of a group that ended.
 *
 * - KEYS[1] stream
 * - ARGV[1] group, ARGV[2] consumer that asks, ARGV[3] ms without a sign of life after which a consumer without
 *   messages is removed
 * - returns how many messages were removed
 *
 * Never by length: MAXLEN would take away what nobody has seen. A consumer that lives after all comes back with
 * its next read.
 */
export const tidyStream = new LuaScript({
  name: 'tidy-stream-1',
  numberOfKeys: 1,
  lua: `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local function field(list, name)
  for at = 1, #list, 2 do
    if list[at] == name then return list[at + 1] end
  end
end
local function numbers(id)
  local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(sequence)
end
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local name = field(consumer, 'name')
  if name ~= ARGV[2] and field(consumer, 'pending') == 0 and field(consumer, 'idle') > tonumber(ARGV[3]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], name)
  end
end
local firstMs, firstSequence
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local pending = redis.call('XPENDING', KEYS[1], field(group, 'name'))
  local ms, sequence = numbers(field(group, 'last-delivered-id'))
  sequence = sequence + 1
  if pending[1] > 0 then ms, sequence = numbers(pending[2]) end
  if not firstMs or ms < firstMs or (ms == firstMs and sequence < firstSequence) then
    firstMs, firstSequence = ms, sequence
  end
end
return redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f-%.0f', firstMs, firstSequence))
`,
});
