import { isCluster, isListening, type ClientRole, type RedisClient } from './redis-client.js';

/** What of a command of ioredis is needed here; its own type is not exported. */
interface Command {
  readonly name: string;
  readonly promise: Promise<unknown>;
  reject: (error: Error) => void;
  toWritable: (socket: object) => unknown;
}

interface Sender {
  sendCommand: (command: Command, stream?: unknown, node?: unknown) => unknown;
}

/** ioredis: `Command.setTimeout`, and `CONNECTION_CLOSED_ERROR_MSG`. */
const TIMED_OUT = 'Command timed out';
const CLOSED = 'Connection is closed.';

/** Nothing comes of doing these twice. */
const READS = new Set(['get', 'mget', 'exists', 'pttl']);

/**
 * Keeps a client from sending a command too late or twice. ioredis sends one that waited for a connection, or
 * lost it, also when its time was over long ago: a write that a frozen primary of a Cluster did not answer
 * reached the next primary after the invalidation that made up for it, and over newer values. What timed out
 * is not sent any more here; nor, on a Cluster, writes of cache and structures whose reply is lost.
 *
 * By the commands themselves, since ioredis has no option for it.
 */
export function sendOnce(client: RedisClient, role: ClientRole): void {
  if (role === 'general' || isListening(role)) return;
  const over = new WeakSet<Command>();
  if (!isCluster(client)) {
    // The others have no offline queue and do not send again: see client-presets.ts.
    if (role === 'session') watch(client, { over, isRepeatable: () => true });
    return;
  }
  const repeats = role !== 'cache' && role !== 'structures';
  watch(client, { over, isRepeatable: (name) => repeats || READS.has(name.toLowerCase()) });
  client.nodes().forEach((node) => refuse(node, over));
  client.on('+node', (node: object) => refuse(node, over));
}

interface Rules {
  readonly over: WeakSet<Command>;
  readonly isRepeatable: (name: string) => boolean;
}

/** Looks at each command once; it comes back from queues and redirections. */
function watch(client: object, rules: Rules): void {
  const sender = client as Sender;
  const send = sender.sendCommand.bind(client);
  const known = new WeakSet<Command>();
  sender.sendCommand = (command, ...rest) => {
    if (rules.over.has(command)) return command.promise;
    if (known.has(command)) return send(command, ...rest);
    known.add(command);
    return watched(command, rules, () => send(command, ...rest));
  };
}

/** A Cluster client sends again past its own `sendCommand`, by that of a node. */
function refuse(node: object, over: WeakSet<Command>): void {
  const sender = node as Sender;
  const send = sender.sendCommand.bind(node);
  sender.sendCommand = (command, ...rest) =>
    over.has(command) ? command.promise : send(command, ...rest);
}

function watched(command: Command, { over, isRepeatable }: Rules, send: () => unknown): unknown {
  const settle = command.reject;
  const toWritable = command.toWritable.bind(command);
  let wasSent = false;
  command.toWritable = (socket) => {
    wasSent = true;
    return toWritable(socket);
  };
  const promise = send();
  // A Cluster client has put its own there, which sends the command again.
  const again = command.reject;
  command.reject = (error) => {
    const isLost = error.message === CLOSED && wasSent && !isRepeatable(command.name);
    wasSent = false;
    if (!isLost && error.message !== TIMED_OUT) return again(error);
    over.add(command);
    settle(error);
  };
  return promise;
}
