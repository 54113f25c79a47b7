import process from 'node:process';
import type { Redis } from 'ioredis';
import {
  startCluster,
  startStandalone,
  type ClusterTopology,
  type StandaloneTopology,
} from 'nestjs-redis-kit/testing';
import { clusterClient } from './cluster-client.js';
import { expectNothingRefused, LEAST_USER, leastUser } from './least-user.js';

/**
 * The real Redis of one test file. It is one server, or with `TEST_TOPOLOGY=cluster` a Cluster of three
 * primaries that is frozen, stopped and looked at as a whole, so that the same file shows both. With
 * `TEST_USER=least`, applications log in as a user who has the commands of `aclRules` and no more.
 */
export class RedisServer {
  private constructor(private readonly topology: StandaloneTopology | ClusterTopology) {}

  static async start(): Promise<RedisServer> {
    const isCluster = process.env.TEST_TOPOLOGY === 'cluster';
    const user = process.env.TEST_USER === 'least' ? leastUser(isCluster) : undefined;
    return new RedisServer(
      await (isCluster ? startCluster({ replicas: 0, user }) : startStandalone({ user })),
    );
  }

  /** One server also where the rest runs against a Cluster. */
  static async startStandalone(): Promise<RedisServer> {
    return new RedisServer(await startStandalone());
  }

  get isCluster(): boolean {
    return 'primaries' in this.topology;
  }

  /** Of the first server. */
  get port(): number {
    return this.topology.nodes[0]!.port;
  }

  /** The option `connection` for it. */
  get url(): string {
    return this.topology.url;
  }

  /** A client for looking at the data; close it with `disconnect`. */
  client(): Redis {
    const [first] = this.topology.nodes;
    return 'primaries' in this.topology ? clusterClient(this.topology) : first!.client();
  }

  /** Runs one piece of work with a client of its own. */
  async use<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    const client = this.client();
    try {
      return await work(client);
    } finally {
      client.disconnect();
    }
  }

  /** Stops answering without closing a connection, as a hung host does. */
  freeze(): void {
    for (const node of this.topology.nodes) node.freeze();
  }

  thaw(): void {
    for (const node of this.topology.nodes) node.thaw();
  }

  /** Ends as a crash does; `restart` brings it back. */
  async kill(): Promise<void> {
    await Promise.all(this.topology.nodes.map((node) => node.kill()));
  }

  /** Ends the server for good; its data is gone. @throws where it has refused something to the least user */
  async stop(): Promise<void> {
    try {
      this.thaw();
      if (process.env.TEST_USER === 'least')
        await expectNothingRefused(this.topology.nodes, LEAST_USER);
    } finally {
      await this.topology.stop();
    }
  }

  /** Starts it again on the same port, empty. */
  async restart(): Promise<void> {
    await Promise.all(this.topology.nodes.map((node) => node.restart()));
    if ('primaries' in this.topology) await this.topology.whole();
  }
}
