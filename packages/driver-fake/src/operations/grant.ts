import type { ConnectionInfo, Connector } from '@scoria/driver-sdk';
import { generateChap } from '@scoria/target-kit';
import type { FakeBackend } from '../backend.ts';
import type { FakeAccess, FakeExport } from '../state/fakeState.ts';

/** What a grant is made from. */
interface Request {
  readonly connector: Connector;
  readonly readOnly: boolean;
  /** What was answered before for this initiator. */
  readonly previous: ConnectionInfo | null | undefined;
}

/**
 * Gives an initiator access. Credentials are made once per volume and initiator: those that are there stay, else those
 * that the service remembers, else new ones.
 * @throws ContractError INVALID_CONNECTOR
 */
export function grant({ transport }: FakeBackend, exported: FakeExport, request: Request): FakeAccess {
  const { initiator, wwpns } = transport.initiatorOf(request.connector);
  const existing = exported.access.find((each) => each.initiator === initiator);
  if (existing !== undefined) {
    existing.readOnly = request.readOnly;
    return existing;
  }
  const chap = transport.authenticates ? (chapOf(request.previous) ?? generateChap()) : null;
  const access: FakeAccess = { initiator, wwpns, chap, readOnly: request.readOnly };
  exported.access.push(access);
  return access;
}

function chapOf(previous: Request['previous']): FakeAccess['chap'] {
  if (previous?.driver_volume_type !== 'iscsi' && previous?.driver_volume_type !== 'iser') return null;
  const { auth_username: username, auth_password: password } = previous.data;
  return username === undefined || password === undefined ? null : { username, password };
}
