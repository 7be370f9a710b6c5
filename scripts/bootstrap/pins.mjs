/** The oldest major version of Node that runs Scoria. A newer Node is used as it is. */
export const nodeMajor = 24;

/**
 * What goes into `.tools/`, from npm, at exact versions. The pnpm version is repeated in package.json
 * (`packageManager`), the Node major in `engines`; a test compares them.
 */
export const pins = {
  /** Node's own binary as an npm package: no install script, nothing system-wide. */
  node: { package: `node-linux-${process.arch}`, version: '24.21.0' },
  pnpm: { package: 'pnpm', version: '12.21.0' },
};
