import { ContractError } from '@scoria/driver-sdk';
import type { DataFiles } from '../data/dataFiles.ts';
import type { FakeOptions } from '../options.ts';
import { fibreChannelTransport } from './fibreChannel.ts';
import { iscsiTransport } from './iscsi.ts';
import { localTransport } from './local.ts';
import type { FakeTransport } from './transport.ts';

/** The transport that the options name. @throws ContractError INVALID_CONFIGURATION: `local` without data files */
export function transportFor(
  backend: string,
  options: FakeOptions,
  data: DataFiles | undefined,
): FakeTransport {
  switch (options.fake_protocol) {
    case 'iscsi':
    case 'iser':
      return iscsiTransport(options.fake_protocol, options);
    case 'fibre_channel':
      return fibreChannelTransport(backend);
    case 'local':
      if (data !== undefined) return localTransport(data);
      throw new ContractError('INVALID_CONFIGURATION', 'fake_protocol local needs fake_data_dir', {
        details: { option: 'fake_data_dir' },
      });
  }
}
