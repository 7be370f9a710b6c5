import { ContractError } from '@scoria/core/contract';
import { z } from 'zod';
import type { Budget } from '../budget.ts';
import { describe } from '../iscsi/proof.ts';
import { LUN_NODE } from './daemon.ts';
import { resizeLoop } from './loop.ts';
import { Qmp } from './qmp.ts';
import { type AttachmentFiles, type AttachmentRecord, writeRecord } from './record.ts';

const nodesSchema = z.array(
  z.looseObject({ 'node-name': z.string().optional(), image: z.looseObject({ 'virtual-size': z.number() }) }),
);

/**
 * Lets the daemon read the LUN's capacity again, then the loop device; nothing is interrupted.
 *
 * The size handed to `block_resize` is the old one: the daemon refuses a larger one than the LUN has, and takes over the
 * LUN's real size with any other (seen on qemu 7.2).
 */
export async function extendAttached(
  files: AttachmentFiles,
  record: AttachmentRecord,
  budget: Budget,
): Promise<AttachmentRecord> {
  const qmp = await Qmp.open(files.directory, budget.signal);
  if (qmp === null) {
    budget.check(`extending ${describe(record.address)}`);
    throw new ContractError(
      'DEVICE_UNAVAILABLE',
      `The storage daemon of ${describe(record.address)} does not run any more: detach the volume and attach it again.`,
    );
  }
  try {
    await qmp.execute('block_resize', { 'node-name': LUN_NODE, size: record.size });
    const nodes = nodesSchema.parse(await qmp.execute('query-named-block-nodes'));
    const size = nodes.find((node) => node['node-name'] === LUN_NODE)?.image['virtual-size'] ?? record.size;
    if (size < record.size) {
      throw new ContractError(
        'DEVICE_UNAVAILABLE',
        `${describe(record.address)} shrank from ${record.size} to ${size} bytes: detach it before it is written to.`,
      );
    }
    if (record.loop !== null) await resizeLoop(record.loop, files.disk, budget.signal);
    const extended = { ...record, size };
    await writeRecord(files, extended);
    return extended;
  } finally {
    qmp.close();
  }
}
