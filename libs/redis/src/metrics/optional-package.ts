import { ConfigurationError } from '../common/errors.js';

/**
 * Loads a package that only some applications need.
 *
 * @param load a literal `import(…)`, so that bundlers see it
 * @throws ConfigurationError that says what to install
 */
export async function optionalPackage<Package extends object>(
  name: string,
  option: string,
  load: () => Promise<Package>,
): Promise<Package> {
  try {
    const loaded = await load();
    // A CommonJS package stands behind `default`, whatever of it was recognized by name.
    return 'default' in loaded ? (loaded.default as Package) : loaded;
  } catch (cause) {
    const error = new ConfigurationError(option, `set`, `Install the package ${name} for it.`);
    error.cause = cause;
    throw error;
  }
}
