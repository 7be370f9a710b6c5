import { IscsiError } from './errors.ts';
import type { LoginParams } from './login.ts';
import { parsePortal } from './portal.ts';
import { IscsiSession } from './session.ts';

/** What became of a login that was tried only to see. */
export type LoginOutcome =
  | 'accepted'
  | 'authentication-refused'
  | 'forbidden'
  | 'target-not-found'
  | 'other-refusal';

/**
 * Tries a login and logs out again. It is the negative test of an export: without credentials, with a wrong secret or
 * from another initiator it must not be `accepted` (field-notes.md P14).
 *
 * @throws IscsiError CONNECT, CLOSED, PROTOCOL, STOPPED: then nothing is known
 */
export async function loginOutcome(
  portal: string,
  params: LoginParams,
  signal: AbortSignal,
): Promise<LoginOutcome> {
  try {
    const session = await IscsiSession.open(parsePortal(portal), params, signal);
    await session.logout();
    return 'accepted';
  } catch (error) {
    if (!(error instanceof IscsiError)) throw error;
    switch (error.code) {
      case 'AUTHENTICATION':
        return 'authentication-refused';
      case 'FORBIDDEN':
        return 'forbidden';
      case 'TARGET_NOT_FOUND':
        return 'target-not-found';
      case 'LOGIN':
        return 'other-refusal';
      default:
        throw error;
    }
  }
}
