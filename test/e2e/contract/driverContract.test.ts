import { join } from 'node:path';
import { type Combination, describeDriverContract } from './driverContract.ts';

/** The fake keeps its state, so that it can be killed between two equal requests. */
const fake = (
  connections: Combination['connections'],
  more: Readonly<Record<string, unknown>> = {},
): Omit<Combination, 'title'> => ({
  driver: 'fake',
  connections,
  options: (directory) => ({
    fake_protocol: connections,
    fake_state_file: join(directory, 'fake.json'),
    ...more,
  }),
});

const combinations: readonly Combination[] = [
  { title: 'fake iscsi', ...fake('iscsi') },
  { title: 'fake iser', ...fake('iser') },
  { title: 'fake fibre channel', ...fake('fibre_channel') },
  {
    title: 'fake iscsi with data files',
    ...fake('iscsi'),
    options: (directory) => ({ fake_data_dir: join(directory, 'data') }),
  },
];

for (const combination of combinations) describeDriverContract(combination);
