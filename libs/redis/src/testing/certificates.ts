import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const openssl = promisify(execFile);

/** A certificate authority of one test, and one certificate that it signed, as PEM text. */
export interface Certificates {
  readonly ca: string;
  /** For the names 127.0.0.1, localhost and redis.test; good for servers and for clients. */
  readonly cert: string;
  readonly key: string;
  /** Where the same three are as files. */
  readonly files: { readonly ca: string; readonly cert: string; readonly key: string };
}

/**
 * Makes a certificate authority and a certificate, valid for one day.
 *
 * @param folder where the files go
 * @throws an error where the program `openssl` (or `OPENSSL_BIN`) is missing
 */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string): string => join(folder, name);
  const files = { ca: file('ca.crt'), cert: file('node.crt'), key: file('node.key') };
  const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  // The folder, so that no path needs quoting.
  const sign = (line: string): Promise<unknown> =>
    openssl(process.env.OPENSSL_BIN ?? 'openssl', line.split(' '), { cwd: folder });
  await writeFile(
    file('names'),
    'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:redis.test\nbasicConstraints=CA:FALSE\n',
  );
  await sign(`req -x509 ${newKey} -keyout ca.key -out ca.crt -days 1 -subj /CN=test-authority`);
  await sign(`req ${newKey} -keyout node.key -out node.csr -subj /CN=redis.test`);
  await sign(
    'x509 -req -in node.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out node.crt -days 1 -extfile names',
  );
  const [ca, cert, key] = await Promise.all(
    [files.ca, files.cert, files.key].map((name) => readFile(name, 'utf8')),
  );
  return { ca: ca!, cert: cert!, key: key!, files };
}
