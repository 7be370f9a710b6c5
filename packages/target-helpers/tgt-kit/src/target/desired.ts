import { ContractError, type InitiatorAccess, type TargetSpec } from '@scoria/driver-sdk';
import { randomWord } from '@scoria/target-kit';
import type { TgtOptions } from '../options.ts';
import { newAnchor, type TargetRecord } from '../record.ts';
import { MAX_SERIAL, scsiIdOf } from './identity.ts';

const ANCHOR_PASSWORD_LENGTH = 16;

/**
 * The record that a spec asks for, with what is persisted already kept: id, anchor, and the access unless the spec states it.
 *
 * @throws ContractError INVALID_ARGUMENT when the spec asks for what tgt cannot do
 */
export function desiredRecord(
  spec: TargetSpec,
  stored: TargetRecord | undefined,
  options: TgtOptions,
  tag: string,
): TargetRecord {
  if (spec.serial.length > MAX_SERIAL || !/^[\x21-\x7e]+$/.test(spec.serial)) {
    throw new ContractError(
      'INVALID_ARGUMENT',
      `tgt keeps a serial of at most ${MAX_SERIAL} printable characters`,
    );
  }
  if (spec.transport !== options.tgt_driver) {
    throw new ContractError(
      'INVALID_ARGUMENT',
      `${spec.iqn} cannot be served over ${spec.transport}: "tgt_driver" is ${options.tgt_driver}`,
    );
  }
  if (spec.lun === 0) throw new ContractError('INVALID_ARGUMENT', 'LUN 0 of a tgt target is its controller');
  return {
    name: spec.name,
    iqn: spec.iqn,
    tid: stored?.tid ?? 0,
    lld: spec.transport,
    lun: spec.lun,
    path: spec.path,
    serial: spec.serial,
    scsiId: scsiIdOf(spec.serial, tag),
    writeCache: options.iscsi_write_cache === 'on',
    thin: options.tgt_thin_provisioning,
    blockSize: options.tgt_block_size,
    flags: options.iscsi_target_flags ?? null,
    anchor: stored?.anchor ?? newAnchor(randomWord(ANCHOR_PASSWORD_LENGTH)),
    access: spec.access ?? stored?.access ?? [],
    // What the daemon asks for is looked at when the target is planned.
    allAddresses: stored?.allAddresses ?? false,
  };
}

/** The access list with one initiator's entry added or replaced, in its place. */
export function withAccess(access: readonly InitiatorAccess[], entry: InitiatorAccess): InitiatorAccess[] {
  const others = access.filter((each) => each.initiator !== entry.initiator);
  return others.length === access.length
    ? [...access, entry]
    : access.map((each) => (each.initiator === entry.initiator ? entry : each));
}
