import { ContractError, type Volume } from '@scoria/driver-sdk';
import type { FakeBackend } from '../backend.ts';
import type { FakeExport } from '../state/fakeState.ts';
import type { FakeOperations } from './fakeOperations.ts';
import { grant } from './grant.ts';

/** Connections. */
export const connections = {
  validateConnector: ({ transport }, { connector }) => {
    transport.initiatorOf(connector);
    return {};
  },

  initializeConnection: async (backend, { volume, connector, readOnly, previous }) => {
    const { transport } = backend;
    transport.initiatorOf(connector);
    const exported = requireExport(backend, volume);
    const access = grant(backend, exported, { connector, readOnly: readOnly || volume.readOnly, previous });
    const multipath = connector.multipath === true;
    return { connectionInfo: await transport.connectionInfo({ volume, exported, access, multipath }) };
  },

  terminateConnection: ({ state, transport, options }, { volume, connector, force }) => {
    const exported = state.volumes[volume.name]?.export ?? null;
    const initiator = connector === null ? null : transport.initiatorOf(connector).initiator;
    const revoked = (exported?.access ?? []).filter(
      (each) => initiator === null || each.initiator === initiator,
    );
    const [first] = revoked;
    if (exported === null || first === undefined) return {};
    if (options.fake_sessions && !force) {
      throw new ContractError('VOLUME_IS_BUSY', `${first.initiator} has a live session on ${volume.name}`, {
        details: { volume: volume.name, initiator: first.initiator },
      });
    }
    exported.access = exported.access.filter((each) => !revoked.includes(each));
    const isLast = (): boolean =>
      !Object.values(state.volumes)
        .flatMap((each) => each.export?.access ?? [])
        .some((each) => each.initiator === first.initiator);
    return { connectionInfo: transport.revoked({ volume, exported, access: first }, isLast) };
  },

  attachVolume: ({ state }, { volume, instanceId, hostName }) => {
    const attachments = state.volumes[volume.name]?.attachments;
    const known = attachments?.some((each) => each.instanceId === instanceId && each.hostName === hostName);
    if (known === false) attachments?.push({ instanceId, hostName });
    return {};
  },

  detachVolume: ({ state }, { volume, instanceId = null, hostName = null }) => {
    const held = state.volumes[volume.name];
    const isAny = instanceId === null && hostName === null;
    const ends = (each: { instanceId: string | null; hostName: string | null }) =>
      isAny || (each.instanceId === instanceId && each.hostName === hostName);
    if (held !== undefined) held.attachments = held.attachments.filter((each) => !ends(each));
    return {};
  },
} satisfies FakeOperations;

function requireExport({ state }: FakeBackend, { name }: Volume): FakeExport {
  const exported = state.volumes[name]?.export ?? null;
  if (exported !== null) return exported;
  throw new ContractError('INVALID_VOLUME', `${name} is not exported; export it first`, {
    details: { volume: name },
  });
}
