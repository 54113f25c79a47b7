interface Manifest {
  dependencies?: Record<string, string>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/**
 * Adds dependencies to the text of a package.json, in the order of npm. What an application has in either list stays;
 * with nothing to add the text comes back as it is.
 *
 * @param added ranges by name
 */
export function addDependencies(text: string, added: Readonly<Record<string, string>>): string {
  const manifest = JSON.parse(text) as Manifest;
  const { dependencies = {}, devDependencies = {} } = manifest;
  const missing = Object.entries(added).filter(
    ([name]) => !(name in dependencies) && !(name in devDependencies),
  );
  if (missing.length === 0) return text;
  const all = [...Object.entries(dependencies), ...missing];
  manifest.dependencies = Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const [, indent] = /^([ \t]+)\S/m.exec(text) ?? [];
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const written = JSON.stringify(manifest, null, indent ?? '  ').replaceAll('\n', newline);
  return written + (/\r?\n$/.exec(text)?.[0] ?? '');
}
