import { ContractError } from '@scoria/core/contract';
import type { AnyTargetHelper, FibreChannelHelper, TargetHelper } from './interfaces/index.ts';

/** A helper whose interface is that of Fibre Channel. */
const isFibreChannel = (helper: AnyTargetHelper): helper is FibreChannelHelper =>
  helper.transports.some((each) => each === 'fibre_channel');

const wrong = (name: string, speaks: readonly string[], wanted: string) =>
  new ContractError(
    'INVALID_CONFIGURATION',
    `the target helper "${name}" speaks ${speaks.join(' and ')}, not ${wanted}: name another one`,
    { details: { plugin: name, transports: speaks.join(' ') } },
  );

/** The helper, when it makes iSCSI or iSER targets. @throws ContractError INVALID_CONFIGURATION */
export function requireIscsi(name: string, helper: AnyTargetHelper): TargetHelper {
  if (isFibreChannel(helper)) throw wrong(name, helper.transports, 'iscsi or iser');
  return helper;
}

/** The helper, when it exports over Fibre Channel. @throws ContractError INVALID_CONFIGURATION */
export function requireFibreChannel(name: string, helper: AnyTargetHelper): FibreChannelHelper {
  if (isFibreChannel(helper)) return helper;
  throw wrong(name, helper.transports, 'fibre_channel');
}
