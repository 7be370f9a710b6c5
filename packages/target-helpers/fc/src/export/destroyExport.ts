import { removeBackstore } from '@scoria/lio-kit';
import { layoutOf } from '../kernel/layout.ts';
import { disallow } from './access.ts';
import type { ExportContext } from './context.ts';
import type { ShownAt, ShownExport } from './showExport.ts';

type DestroyContext = Pick<ExportContext, 'fs' | 'fabric' | 'registered'>;

/** Removes a LUN of ours from one port, everyone's access first. Absent is success. @throws LioError */
export async function removeLun(context: DestroyContext, { port, lun, access }: ShownAt): Promise<void> {
  const { fs, fabric } = context;
  for (const { wwpn } of access) await disallow(context, port, lun, wwpn);
  const path = layoutOf(fabric, port).lun(lun);
  for (const { name, kind } of await fs.list(path)) if (kind === 'link') await fs.unlink(`${path}/${name}`);
  await fs.removeDirectory(path);
}

/** Removes an export: access, LUNs, backstore. The ports stay: others use them. @throws LioError */
export async function destroyExport(context: DestroyContext, shown: ShownExport): Promise<void> {
  for (const each of shown.at) await removeLun(context, each);
  await removeBackstore(context.fs, shown.backstore.path);
}
