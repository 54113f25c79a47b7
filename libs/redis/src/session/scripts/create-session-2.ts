import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Stores a session under a new id, unless it was revoked before it was there: between its entry into the user index
 * and this script others may see the entry, and end what it stands for. Safe to repeat: nobody else knows the id
 * before the reply, so the same bytes are the writer's own.
 *
 * KEYS[1]  the session
 * KEYS[2]  the mark that end-session-2 leaves (same slot)
 * ARGV[1]  what to store
 * ARGV[2]  TTL in ms
 * Returns  {'saved'}; {'conflict', stored value} when the id is taken; {'gone'} when it was revoked
 * TTL      ARGV[2], set together with the value
 */
const lua = `
if redis.call('EXISTS', KEYS[2]) == 1 then return {'gone'} end
local stored = redis.call('GET', KEYS[1])
if stored == ARGV[1] then return {'saved'} end
if stored then return {'conflict', stored} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {'saved'}
`;

export const createSession = new LuaScript({ name: 'create-session', numberOfKeys: 2, lua });
