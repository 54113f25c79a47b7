// A registry that has the packed package, and sends npm to the configured one for all others.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const NAME = 'nestjs-redis-kit';

/**
 * @param tarball path of the packed package
 * @param upstream URL of the registry that npm is configured for
 */
export async function startRegistry({ tarball, manifest, upstream }) {
  const bytes = readFileSync(tarball);
  const server = createServer((request, response) => {
    const file = `/${NAME}/-/${NAME}-${manifest.version}.tgz`;
    if (request.url === file) return response.end(bytes);
    if (request.url !== `/${NAME}`)
      return response.writeHead(302, { Location: new URL(`.${request.url}`, upstream).href }).end();
    const dist = {
      tarball: `http://127.0.0.1:${server.address().port}${file}`,
      integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
    };
    response.setHeader('Content-Type', 'application/json');
    response.end(
      JSON.stringify({
        name: NAME,
        'dist-tags': { latest: manifest.version },
        versions: { [manifest.version]: { ...manifest, dist } },
      }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
