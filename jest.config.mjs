// Three rings: unit (beside the code, no Redis), e2e (real Redis, the built package), browser (Chromium).
const shared = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
};

/** Suites that say nothing about a Cluster, or cannot run there. */
const STANDALONE = [
  // They count the commands that MONITOR of one server shows; operations-cluster is their pair.
  'cache/commands',
  'cache/operations.e2e',
  'session/session-(budget|transport)',
  // They need replicas that follow one primary.
  'session/replicas',
  'session/user-sessions-budget',
  // They begin a replica by REPLICAOF or stand a proxy before one server; cluster-bus and failover are theirs.
  'cache/(outage|missed-messages)',
  // The plain application beside ours speaks to one server.
  'session/session-interop',
  // A Cluster of their own, and what needs no server at all.
  '-cluster\\.e2e',
  'cluster-bus',
  // Long ones, which the soak runs.
  'write-behind-kill',
  'history',
];

export default {
  maxWorkers: 2,
  // Ends what hangs; a busy machine may take its time to start servers and processes.
  testTimeout: 30_000,
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{libs,apps}/*/src/**/*.spec.ts'] },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/test/**/*.e2e-spec.ts'] },
    {
      ...shared,
      displayName: 'cluster',
      testMatch: ['<rootDir>/test/{cache,http,session}/**/*.e2e-spec.ts'],
      testPathIgnorePatterns: STANDALONE,
      setupFiles: ['<rootDir>/test/support/use-cluster.mjs'],
      setupFilesAfterEnv: ['<rootDir>/test/support/cluster-timeout.mjs'],
    },
    { ...shared, displayName: 'soak', testMatch: ['<rootDir>/test/**/*.soak-spec.ts'] },
    { ...shared, displayName: 'versions', testMatch: ['<rootDir>/test/**/*.versions-spec.ts'] },
    { ...shared, displayName: 'browser', testMatch: ['<rootDir>/test/**/*.browser-spec.ts'] },
  ],
};
