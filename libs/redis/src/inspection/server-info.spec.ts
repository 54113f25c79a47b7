import { describe, expect, it } from '@jest/globals';
import { ttlHistogram } from './key-report.js';
import { serverInfo } from './server-info.js';

const TEXT = `# Server
redis_version:7.0.15
# Replication
role:master
connected_slaves:2
slave0:ip=127.0.0.1,port=2,state=online,offset=90,lag=0
slave1:ip=127.0.0.1,port=3,state=online,offset=70,lag=1
master_repl_offset:100
# Stats
keyspace_hits:3
keyspace_misses:1
# Persistence
aof_enabled:1
rdb_last_bgsave_status:err
# Keyspace
db0:keys=5,expires=2,avg_ttl=0
db3:keys=2,expires=0,avg_ttl=0
`.replaceAll('\n', '\r\n');

describe('serverInfo', () => {
  it('reads what INFO tells', () => {
    const info = serverInfo('here:1', TEXT);
    expect(info).toMatchObject({ address: 'here:1', keys: 7 });
    expect(info).toMatchObject({ software: 'redis', version: '7.0.15' });
    expect(info.replication).toEqual({ role: 'master', replicas: 2, lagBytes: 30 });
    expect(info.activity).toMatchObject({ hits: 3, misses: 1, hitRatio: 0.75 });
    expect(info.persistence).toMatchObject({ appendOnly: true, lastSaveOk: false });
  });

  it('names a fork and its own version', () => {
    const text = 'redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\n';
    expect(serverInfo('a', text)).toMatchObject({ software: 'valkey', version: '8.1.1' });
    const other = 'redis_version:7.4.0\r\nserver_name:other\r\n';
    expect(serverInfo('a', other)).toMatchObject({ software: 'other', version: '7.4.0' });
  });

  it('knows nothing where INFO tells nothing', () => {
    const info = serverInfo('here:1', '');
    expect(info.keys).toBeUndefined();
    expect(info.software).toBeUndefined();
    expect(info.version).toBeUndefined();
    expect(info.activity.hitRatio).toBeUndefined();
    expect(info.persistence.appendOnly).toBeUndefined();
    expect(info.replication.lagBytes).toBeUndefined();
  });
});

describe('ttlHistogram', () => {
  it('puts a life into the first bucket that holds it', () => {
    const lives = [-1, 0, 1000, 1001, 60_000, 999_999_999, undefined];
    const { buckets, withoutExpiry } = ttlHistogram(lives.map((ttlMs) => ({ ttlMs })));
    expect(withoutExpiry).toBe(1);
    const filled = buckets.filter(({ keys }) => keys > 0);
    expect(filled).toEqual([
      { upToSeconds: 1, keys: 2 },
      { upToSeconds: 10, keys: 1 },
      { upToSeconds: 60, keys: 1 },
      { upToSeconds: undefined, keys: 1 },
    ]);
  });
});
