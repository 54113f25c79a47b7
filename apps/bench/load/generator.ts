// The load generator, in a process of its own, away from the server and from what measures.
import process from 'node:process';
import type { FromLoad, LoadOrder } from '../src/load.js';
import { closedLoop } from './closed-loop.js';
import { openLoop } from './open-loop.js';

process.on('disconnect', () => process.exit(0));
if (!process.connected) process.exit(0);
process.on('message', (order: LoadOrder) => {
  (order.rate > 0 ? openLoop(order) : closedLoop(order)).then(
    (report) => tell({ kind: 'report', report }),
    (error: unknown) => tell({ kind: 'failed', reason: String(error) }),
  );
});
tell({ kind: 'ready' });

function tell(message: FromLoad): void {
  process.send?.(message);
}
