import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  backendOptionsSchema,
  iscsiOptionsSchema,
  secretSchema,
  targetHelperOptionsSchema,
  wireJsonSchema,
} from '@scoria/core/contract';
import { z } from 'zod';

/** Writes packages that look like installed plugins, with real options schemas; nothing of them is ever run. */
export async function writePlugins(folder: string): Promise<string> {
  await plugin(
    folder,
    'driver',
    'iscsi',
    z.object({
      ...backendOptionsSchema.shape,
      ...iscsiOptionsSchema.shape,
      backing_store: z.string().default('file'),
    }),
  );
  await plugin(
    folder,
    'driver',
    'array',
    z.object({
      array_address: z.string().describe('Address of the array'),
      array_password: secretSchema.describe('Password of the array'),
      array_port: z.number().int().min(1).max(65_535).default(443),
    }),
  );
  await plugin(
    folder,
    'target-helper',
    'tgtadm',
    z.object({ ...targetHelperOptionsSchema.pick({ volumes_dir: true, iscsi_write_cache: true }).shape }),
  );
  await plugin(
    folder,
    'driver',
    'fc',
    z.object({ ...backendOptionsSchema.shape, fc_helper: z.string().default('fc') }),
  );
  for (const name of ['fc', 'vendor-array'])
    await plugin(folder, 'target-helper', name, z.object({ fc_target_wwpns: z.array(z.string()).min(1) }));
  await plugin(
    folder,
    'backing-store',
    'file',
    z.object({ file_store_dir: z.string().startsWith('/').optional() }),
  );
  await plugin(folder, 'backing-store', 'vendor-disks', z.object({ vendor_disks_pool: z.string() }));
  return folder;
}

async function plugin(folder: string, kind: string, name: string, options: z.ZodObject): Promise<void> {
  const directory = join(folder, `${kind}-${name}`);
  await mkdir(directory, { recursive: true });
  const scoria = { kind, name, protocol: [1], entry: './main.js', optionsSchema: './options.schema.json' };
  await writeFile(
    join(directory, 'package.json'),
    JSON.stringify({ name: `${kind}-${name}`, version: '1.2.3', scoria }),
  );
  await writeFile(join(directory, 'main.js'), 'throw new Error("a plugin was run")\n');
  await writeFile(join(directory, 'options.schema.json'), JSON.stringify(wireJsonSchema(options)));
}
