import type { StandaloneConnection } from '../connection/connection.options.js';
import type { Access } from './access.js';
import type { Certificates } from './certificates.js';
import { connectionUrl } from './connection-url.js';
import type { RedisNode } from './redis-node.js';
import { onFreePorts, stopAll, type TopologyOptions } from './topology.js';

/** One server. */
export class StandaloneTopology {
  /** @internal */
  constructor(
    /** Where the servers write; removed by {@link stop}. */
    readonly folder: string,
    private readonly access: Access,
    readonly node: RedisNode,
  ) {}

  /** The option `connection` of `RedisModule.forRoot`. */
  get connection(): StandaloneConnection {
    const { host, port } = this.node;
    return { kind: 'standalone', host, port, ...this.access.connection };
  }

  /** The same as a URL; what `tls` needs besides is in {@link connection}. */
  get url(): string {
    return connectionUrl(this.connection, [this.node]);
  }

  get nodes(): readonly RedisNode[] {
    return [this.node];
  }

  /** With the option `tls`: the certificate authority of this topology. */
  get certificates(): Certificates | undefined {
    return this.access.certificates;
  }

  /** Ends the server; its data is gone. */
  stop(): Promise<void> {
    return stopAll(this.folder, [this.node]);
  }
}

/** Starts one real server on a free loopback port. */
export function startStandalone(options: TopologyOptions = {}): Promise<StandaloneTopology> {
  return onFreePorts(options, 1, async ({ folder, access, start }, [port]) => {
    return new StandaloneTopology(folder, access, await start(port!, []));
  });
}
