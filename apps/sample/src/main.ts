import 'reflect-metadata';
import { createShop } from './create-shop.js';
import { readSettings, type ShopSettings } from './settings.js';

async function start(): Promise<void> {
  const settings = readSettings(process.env);
  const app = await createShop(settings);
  await app.listen(settings.port);
  const address = app.getHttpServer().address() as { readonly port: number };
  console.log(greeting(settings, address.port));
}

function greeting(settings: ShopSettings, port: number): string {
  const kept = settings.dataDir ? `kept in ${settings.dataDir}` : 'in memory, gone at the end';
  const lines = [
    `The shop is open: http://localhost:${port}`,
    `  Redis     ${typeof settings.redis === 'string' ? 'from REDIS_URL' : `embedded, ${kept}`}`,
    `  Postgres  ${settings.databaseUrl ? 'from DATABASE_URL' : `embedded (PGlite), ${kept}`}`,
  ];
  if (settings.isSecretRandom) {
    lines.push(
      '  Sessions  SESSION_SECRET is not set: a random one, so a restart logs everybody out',
    );
  }
  return lines.join('\n');
}

try {
  await start();
} catch (error) {
  console.error(`The shop cannot start. ${error instanceof Error ? error.message : String(error)}`);
  // Not only the exit code: a part that did start, such as the embedded Redis, would keep the process alive.
  process.exit(1);
}
