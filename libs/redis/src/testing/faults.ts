/** What goes wrong. Each is off unless given. */
export interface Faults {
  /** Milliseconds that each packet waits, in each direction. */
  readonly latencyMs?: number;
  /** Up to so many milliseconds more, at random. Bytes of a connection keep their order. */
  readonly jitterMs?: number;
  /** Bytes per second and direction of each connection. */
  readonly bytesPerSecond?: number;
  /** Nothing passes and nothing is answered, in both directions; the sockets stay open. */
  readonly blackHole?: boolean;
  /**
   * Half-open: the bytes of one direction are swallowed, as after a firewall forgot it. `'requests'` go
   * to the server, `'replies'` to the client.
   */
  readonly swallow?: 'requests' | 'replies';
  /** New connections are reset; open ones stay. */
  readonly refuse?: boolean;
}
