import { ContractError } from '@scoria/driver-sdk';
import { type Device, LINK, makeBackstore, removeBackstore } from '@scoria/lio-kit';
import { layoutOf } from '../kernel/layout.ts';
import type { ExportRecord } from '../record.ts';
import { allow } from './access.ts';
import type { ExportContext } from './context.ts';
import { destroyExport } from './destroyExport.ts';
import { showExport } from './showExport.ts';

/** Gives a backstore a LUN at one port. @returns false when that number is taken there @throws LioError */
export async function addLun(
  { fs, fabric }: Pick<ExportContext, 'fs' | 'fabric'>,
  port: string,
  lun: number,
  backstorePath: string,
): Promise<boolean> {
  const path = layoutOf(fabric, port).lun(lun);
  if (!(await fs.makeDirectory(path))) return false;
  try {
    await fs.link(`${path}/${LINK}`, backstorePath);
  } catch (error) {
    await fs.removeDirectory(path);
    throw error;
  }
  return true;
}

/**
 * Makes an export that does not exist: backstore, the same LUN at every port, access. A half-made one is taken back.
 *
 * @throws LioError; ContractError NO_MORE_TARGETS
 */
export async function makeExport(
  context: ExportContext,
  record: ExportRecord,
  device: Device,
): Promise<void> {
  const { fs, owner, ports } = context;
  const backstore = await makeBackstore(fs, { ...record, name: owner.backstoreName(record.name), device });
  try {
    const lun = await takeNumber(context, record, backstore);
    for (const port of ports) for (const access of record.access) await allow(context, port, lun, access);
  } catch (error) {
    await takeBack(context, record.name, backstore, error);
    throw error;
  }
}

/** Making a LUN's directory is atomic: whoever makes it has the number at that port, among all processes of the host. */
async function takeNumber(context: ExportContext, record: ExportRecord, backstore: string): Promise<number> {
  if (record.lun !== null && (await takeAtAll(context, record.lun, backstore))) return record.lun;
  for await (const lun of context.numbers.candidates())
    if (await takeAtAll(context, lun, backstore)) return lun;
  throw new ContractError('NO_MORE_TARGETS', 'no LUN number is free at every target port');
}

async function takeAtAll(context: ExportContext, lun: number, backstore: string): Promise<boolean> {
  const { fs, fabric, ports } = context;
  const taken: string[] = [];
  for (const port of ports) {
    if (await addLun(context, port, lun, backstore)) {
      taken.push(layoutOf(fabric, port).lun(lun));
      continue;
    }
    for (const path of taken) {
      await fs.unlink(`${path}/${LINK}`);
      await fs.removeDirectory(path);
    }
    return false;
  }
  return true;
}

/** Removes what was made. @throws ContractError TARGET_CREATE_FAILED with what is left, when that fails too */
async function takeBack(
  context: ExportContext,
  name: string,
  backstore: string,
  cause: unknown,
): Promise<void> {
  try {
    const made = await showExport(context, name);
    if (made) await destroyExport(context, made);
    await removeBackstore(context.fs, backstore);
  } catch (second) {
    const words = [cause, second].map((each) => (each instanceof Error ? each.message : String(each)));
    throw new ContractError('TARGET_CREATE_FAILED', `${words[0]}; taking it back: ${words[1]}`, {
      cause,
      leftBehind: [backstore],
    });
  }
}
