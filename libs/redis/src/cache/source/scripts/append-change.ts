/**
 * Lua that appends a change to the stream of its shard: `append(stream, key, kind, payload)`, with kind
 * 's' (set) or 'd' (delete). Returns the version, which is the first half of the stream's id.
 *
 * The version is Redis' time in microseconds, so that it keeps growing although Redis lost its data, which a
 * counter would not; below 2^53 until the year 2255. Where that is not above the last one (the clock went
 * back), it is the last one and one more.
 */
export const APPEND_CHANGE = `
local function append(stream, key, kind, payload)
  local time = redis.call('TIME')
  local version = string.format('%.0f', time[1] * 1000000 + time[2])
  local done = redis.pcall('XADD', stream, version .. '-0', 'k', key, 'o', kind, 'p', payload)
  if type(done) ~= 'table' then return version end
  if string.find(done.err, 'equal or smaller', 1, true) then
    local about = redis.call('XINFO', 'STREAM', stream)
    for at = 1, #about, 2 do
      if about[at] == 'last-generated-id' then
        version = string.format('%.0f', string.match(about[at + 1], '^%d+') + 1)
      end
    end
  end
  redis.call('XADD', stream, version .. '-0', 'k', key, 'o', kind, 'p', payload)
  return version
end
`;

/** Lua that ends the lease of a load that began before a change, and wakes who waits for it. */
export const END_LEASE = `
local function endLease(lease, channel, message)
  local holder = redis.call('GET', lease)
  if not holder then return end
  redis.call('DEL', lease)
  if string.sub(holder, -1) == '+' then redis.call('PUBLISH', channel, message) end
end
`;
