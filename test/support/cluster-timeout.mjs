import { jest } from '@jest/globals';

// A Cluster needs two seconds to start, and more on a busy machine.
jest.setTimeout(30_000);
