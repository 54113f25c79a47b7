// The import in a process that has loaded nothing: Nest and all other peers come with it.
import { report } from './report.js';

const startedAt = performance.now();
await import('nestjs-redis-kit');
report({ 'start.importAlone': performance.now() - startedAt });
