/**
 * Lua that makes a dead letter of a message that a group could not handle:
 * `bury(stream, dead, group, id, data, deliveries, error)`. Dead letters are kept until somebody looks at them.
 */
export const BURY = `
local function bury(stream, dead, group, id, data, deliveries, why)
  redis.call('XADD', dead, '*', 'd', data, 'i', id, 'g', group, 'e', why, 'n', deliveries)
  redis.call('XACK', stream, group, id)
end
`;
