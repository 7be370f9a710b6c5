import { ContractError } from '@scoria/driver-sdk';
import { addVolume, dropVolume, type FakeBackend, poolOf, requireVolume } from '../backend.ts';
import type { FakeState } from '../state/fakeState.ts';
import type { FakeOperations } from './fakeOperations.ts';

/** Extra spec by which a type asks the fake for an outcome of `retype`. */
const retypeSpec = 'fake:retype';

/** Adoption, migration, retype, transfer. */
export const management = {
  manageExisting: async (backend, { volume, reference }) => {
    const { state, data } = backend;
    const source = nameIn(reference);
    const origin = `existing ${source}`;
    const present = state.volumes[volume.name];
    if (present !== undefined) {
      if (present.origin === origin) return {};
      throw new ContractError(
        'ALREADY_EXISTS',
        `there is a volume ${volume.name}, made from ${present.origin}`,
        {
          details: { volume: volume.name },
        },
      );
    }
    const object = requireExisting(backend, source);
    const wrong = Object.entries(object.extraSpecs).find(([key, value]) => volume.extraSpecs[key] !== value);
    if (wrong !== undefined) {
      throw new ContractError('VOLUME_TYPE_MISMATCH', `${source} needs a type with ${wrong[0]}=${wrong[1]}`, {
        details: { reference: source, spec: wrong[0] },
      });
    }
    await data?.move(['existing', source], ['volumes', volume.name]);
    addVolume(backend, volume.name, {
      id: volume.id,
      size: object.size,
      pool: poolOf(backend, volume),
      origin,
      content: object.content,
      pendingCopy: null,
      doomed: false,
      dependsOn: null,
      type: null,
      owner: null,
      attachments: [],
      export: null,
    });
    delete state.existing[source];
    return {};
  },

  manageExistingGetSize: (backend, { reference }) => ({
    size: requireExisting(backend, nameIn(reference)).size,
  }),

  unmanage: async (backend, { volume: { name } }) => {
    const { state, data } = backend;
    const volume = state.volumes[name];
    if (volume === undefined) return {};
    if (state.existing[name] !== undefined) {
      throw new ContractError('BACKEND_ERROR', `an object "${name}" that nobody manages is there already`);
    }
    await data?.move(['volumes', name], ['existing', name]);
    state.existing[name] = { size: volume.size, content: volume.content, extraSpecs: {} };
    dropVolume(backend, name);
    return {};
  },

  migrateVolume: (backend, { volume, host }) => {
    const record = requireVolume(backend, volume.name);
    const [, there = ''] = host.host.split('@');
    const [backendName, pool] = there.split('#');
    if (backendName !== backend.name) return { migrated: false };
    const known = pool === undefined || backend.options.fake_pools.includes(pool);
    if (!known) return { migrated: false };
    backend.ledger.add(record.pool, -record.size);
    record.pool = pool ?? record.pool;
    backend.ledger.add(record.pool, record.size);
    return { migrated: true };
  },

  retype: (backend, { volume, newType }) => {
    const record = requireVolume(backend, volume.name);
    const wish = newType.extraSpecs[retypeSpec];
    if (wish === 'mismatch') {
      throw new ContractError('VOLUME_TYPE_MISMATCH', `${volume.name} cannot have the type ${newType.name}`, {
        details: { volume: volume.name, type: newType.name },
      });
    }
    if (wish === 'refuse') return { retyped: false };
    record.type = newType.id;
    return { retyped: true };
  },

  acceptTransfer: (backend, { volume, newUser, newProject }) => {
    requireVolume(backend, volume.name).owner = { user: newUser, project: newProject };
    return {};
  },
} satisfies FakeOperations;

function nameIn(reference: Readonly<Record<string, string>>): string {
  const name = reference['source-name'];
  if (name !== undefined && name !== '') return name;
  throw new ContractError(
    'INVALID_REFERENCE',
    'a reference has the form {"source-name": "<name on the backend>"}',
    {
      details: { keys: Object.keys(reference).join(', ') },
    },
  );
}

function requireExisting({ state }: FakeBackend, name: string): FakeState['existing'][string] {
  const object = Object.hasOwn(state.existing, name) ? state.existing[name] : undefined;
  if (object !== undefined) return object;
  throw new ContractError('INVALID_REFERENCE', `there is no object "${name}" to adopt`, {
    details: { reference: name },
  });
}
