import { join } from 'node:path';
import { bytes, ContractError } from '@scoria/driver-sdk';
import { DataFiles } from './data/dataFiles.ts';
import { FakeDriver } from './fakeDriver.ts';
import { FaultPlan } from './faults/faultPlan.ts';
import { strike } from './faults/strike.ts';
import type { FakeOptions } from './options.ts';
import { emptyState, type FakeState } from './state/fakeState.ts';
import { Ledger } from './state/ledger.ts';
import { Mutex } from './state/mutex.ts';
import { readStateFile, writeStateFile } from './state/stateFile.ts';
import { transportFor } from './transport/transportFor.ts';

/** What the fake needs to know of its surroundings. */
export interface FakeSurroundings {
  /** Name of the backend section. */
  readonly backend: string;
  /** Ends the process as `kill -9` would; tests in one process give another. */
  readonly crash: () => never;
}

/**
 * Makes the fake driver of one backend from its options; the state of an earlier process is taken up when it was kept.
 * @throws ContractError INVALID_CONFIGURATION
 */
export async function openFake(
  options: FakeOptions,
  { backend: name, crash }: FakeSurroundings,
): Promise<FakeDriver> {
  const faults = new FaultPlan(options.fake_faults, options.fake_faults_file);
  const due = await faults.take('configure', 'before', new Set());
  if (due !== undefined)
    await strike(due, { operation: 'configure', signal: new AbortController().signal, crash });
  if (options.fake_recycle && options.fake_data_dir === undefined) {
    throw new ContractError('INVALID_CONFIGURATION', 'fake_recycle needs fake_data_dir', {
      details: { option: 'fake_data_dir' },
    });
  }
  const data = options.fake_data_dir === undefined ? undefined : await DataFiles.open(options.fake_data_dir);
  const file = stateFileOf(options);
  const kept = file === undefined ? undefined : await readStateFile(file);
  const state = kept ?? (await seeded(options, data));
  return new FakeDriver({
    backend: {
      name,
      options,
      state,
      ledger: new Ledger(state),
      data,
      transport: transportFor(name, options, data),
    },
    faults,
    mutex: new Mutex(),
    save: async () => {
      if (file !== undefined) await writeStateFile(file, state);
    },
    crash,
  });
}

/** Files without their state would be orphans: next to the data there always is one. */
function stateFileOf({ fake_state_file: file, fake_data_dir: folder }: FakeOptions): string | undefined {
  return file ?? (folder === undefined ? undefined : join(folder, 'state.json'));
}

async function seeded(
  { fake_existing: existing }: FakeOptions,
  data: DataFiles | undefined,
): Promise<FakeState> {
  const state = emptyState();
  for (const { name, size, extra_specs: extraSpecs } of existing) {
    await data?.create('existing', name, bytes(size));
    state.existing[name] = { size: bytes(size), content: `existing ${name}`, extraSpecs };
  }
  return state;
}
