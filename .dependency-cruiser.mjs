// Who may import what, enforced on every TypeScript file. Each row is a whitelist: what it does not name is
// forbidden. `npm run check -- boundaries` runs it; scripts/test/boundaries.test.ts breaks each rule once.

/** Paths under node_modules, whatever pnpm puts between. */
const npm = (...names) => names.map((name) => `node_modules/${name}/`);
const sources = (...folders) => folders.map((folder) => `^packages/${folder}/src/`);

const contract = '^packages/core/src/contract/';
const kits = '^packages/target-helpers/[^/]*kit/src/';
const plugin = '^packages/(driver-(?!sdk)[^/]+|target-helpers/(?![^/]*kit)[^/]+|backing-stores/[^/]+)/';

/**
 * One row of the table.
 * @param {string} name of the rule, shown when it is broken
 * @param {{from: object, comment: string, allow: string[], node?: boolean}} row
 */
const only = (name, { from, comment, allow, node = true }) => ({
  name,
  comment,
  severity: 'error',
  from,
  to: { pathNot: allow, ...(node ? { dependencyTypesNot: ['core'] } : {}) },
});

export default {
  forbidden: [
    only('contract-is-a-leaf', {
      comment: 'core/contract imports zod only: every vendor depends on it.',
      from: { path: contract },
      allow: [contract, ...npm('zod')],
      node: false,
    }),
    only('rpc-imports-nothing', {
      comment: 'rpc knows no domain and has no dependencies but node itself.',
      from: { path: '^packages/rpc/src/' },
      allow: sources('rpc'),
    }),
    only('kernel', {
      comment:
        'The kernel imports the wire and its few libraries; plugins are found at runtime, never imported.',
      from: { path: '^packages/core/src/', pathNot: contract },
      allow: [
        ...sources('core', 'rpc'),
        ...npm('fastest-levenshtein', 'pino', 'reflect-metadata', 'tsyringe', 'zod'),
      ],
    }),
    {
      name: 'tsyringe-has-one-home',
      comment: 'Only core/di knows the container; everything else gets what it needs as arguments.',
      severity: 'error',
      from: { pathNot: ['^packages/core/src/di/', '^packages/core/test/di/'] },
      to: { path: npm('tsyringe') },
    },
    only('driver-sdk', {
      comment: 'The SDK is all a vendor imports: contract, wire, zod, pino.',
      from: { path: '^packages/driver-sdk/src/' },
      allow: [contract, ...sources('driver-sdk', 'rpc'), ...npm('zod', 'pino')],
    }),
    only('drivers-and-helpers', {
      comment:
        'The SDK, host-exec and the kits: never the kernel, the data-mover, the service or another plugin.',
      from: { path: '^packages/(driver-(?!sdk)[^/]+|target-helpers/[^/]+)/src/' },
      allow: ['^packages/$1/src/', ...sources('driver-sdk', 'host-exec'), kits, ...npm('zod')],
    }),
    only('stores', {
      comment: 'As drivers and helpers, and koffi for the system calls that node lacks.',
      from: { path: '^packages/(backing-stores/[^/]+)/src/' },
      allow: ['^packages/$1/src/', ...sources('driver-sdk', 'host-exec'), kits, ...npm('zod', 'koffi')],
    }),
    only('host-exec', {
      comment: 'host-exec is execa with deadlines, groups and redaction: no domain.',
      from: { path: '^packages/host-exec/src/' },
      allow: [...sources('host-exec'), ...npm('execa')],
    }),
    {
      name: 'execa-has-one-home',
      comment: 'Every command of this project runs under the deadlines and redaction of host-exec.',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/host-exec/' },
      to: { path: npm('execa') },
    },
    only('data-mover', {
      comment: 'data-mover moves bytes between paths: nothing of the domain.',
      from: { path: '^packages/data-mover/src/' },
      allow: [...sources('data-mover'), ...npm('piscina', 'koffi')],
    }),
    only('images', {
      comment:
        'Image sources, inspection and conversion: moves bytes by the pool, runs programs by host-exec, knows no volume.',
      from: { path: '^packages/images/src/' },
      allow: [...sources('images', 'data-mover', 'host-exec'), ...npm('zod')],
    }),
    only('backup', {
      comment: 'The backup format and its repositories: moves bytes by the pool, knows no volume service.',
      from: { path: '^packages/backup/src/' },
      allow: [...sources('backup', 'data-mover'), ...npm('zod', '@aws-sdk/[^/]+')],
    }),
    only('initiator', {
      comment: 'The initiator knows the contract (connection info) and commands, not the kernel.',
      from: { path: '^packages/initiator/src/' },
      allow: [contract, ...sources('initiator', 'host-exec'), ...npm('zod', 'pino', 'koffi')],
    }),
    {
      name: 'no-plugin-in-the-service',
      comment: 'The config names a plugin, the catalog resolves it, its own process runs it.',
      severity: 'error',
      from: {
        path: '^packages/(core|rpc|driver-sdk|host-exec|data-mover|images|backup|initiator|service|cli)/',
      },
      to: { path: plugin },
    },
    {
      name: 'service-below-cli',
      comment: 'Nothing but the command line imports the service.',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/(service|cli)/' },
      to: { path: '^packages/(service|cli)/' },
    },
    {
      name: 'no-cycles',
      comment: 'Files that need each other are one concern: merge them or extract the shared part.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved-imports',
      comment: "Also what a deep import looks like: 'exports' of the package does not name it.",
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-relative-import-across-packages',
      comment: 'Import a package by its name.',
      severity: 'error',
      from: { path: '^packages/((?:target-helpers/|backing-stores/)?[^/]+)/' },
      to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'no-relative-import-into-packages',
      comment: 'Tests and scripts import a package by its name.',
      severity: 'error',
      from: { path: '^(test|scripts|examples)/' },
      to: { path: '^packages/', dependencyTypes: ['local'] },
    },
    {
      name: 'declared-dependencies-only',
      comment:
        'What a package imports at run time is in its own dependencies, or its published form cannot start.',
      severity: 'error',
      from: { path: '^packages/.*/src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-optional', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/|/test/fixtures/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['scoria-source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.cjs', '.json', '.d.ts'],
    },
    cache: false,
  },
};
