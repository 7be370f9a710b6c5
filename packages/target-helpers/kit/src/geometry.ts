import { ContractError } from '@scoria/driver-sdk';

/** Block sizes of a volume, kept as text as the original does (contract.md §7.1). */
export interface ProviderGeometry {
  readonly physicalBlockSize: string;
  readonly logicalBlockSize: string;
}

/** `physical logical`. */
export function formatProviderGeometry({ physicalBlockSize, logicalBlockSize }: ProviderGeometry): string {
  return `${physicalBlockSize} ${logicalBlockSize}`;
}

/** Reads `physical logical`; null and the empty text mean unknown. @throws ContractError INVALID_VOLUME for anything else */
export function parseProviderGeometry(text: string | null): ProviderGeometry | null {
  if (text === null || text.trim() === '') return null;
  const [physicalBlockSize, logicalBlockSize, ...rest] = text.trim().split(/\s+/);
  if (
    !physicalBlockSize ||
    !logicalBlockSize ||
    rest.length > 0 ||
    !/^\d+ \d+$/.test(`${physicalBlockSize} ${logicalBlockSize}`)
  ) {
    throw new ContractError('INVALID_VOLUME', `"${text}" is no geometry of the form "physical logical"`);
  }
  return { physicalBlockSize, logicalBlockSize };
}
