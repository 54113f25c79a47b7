// Before the package is packed: its README is that of the project.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
copyFileSync(join(root, 'README.md'), join(root, 'libs/redis/README.md'));
