// The servers that the suite starts by test/support are Clusters of three primaries.
process.env.TEST_TOPOLOGY = 'cluster';
