import { Option } from 'commander';
import { DEFAULT_CONFIG } from '../../config/loadOrFail.ts';

/** `--config`. */
export function configOption(): Option {
  return new Option('-c, --config <file>', 'the configuration').default(DEFAULT_CONFIG).env('SCORIA_CONFIG');
}
