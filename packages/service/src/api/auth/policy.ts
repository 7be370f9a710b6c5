import { Fault } from '../http/fault.ts';
import type { Role } from './identity.ts';

/** @throws Fault 403 unless the caller is an administrator. */
export function requireAdmin(call: { readonly context: { readonly isAdmin: boolean } }): void {
  if (!call.context.isAdmin)
    throw new Fault(
      403,
      "Policy doesn't allow this operation to be performed: it needs a token of the role admin.",
    );
}

/** @throws Fault 403 when the caller may only look. */
export function requireWriter(call: { readonly role: Role }): void {
  if (call.role === 'reader')
    throw new Fault(
      403,
      "Policy doesn't allow this operation to be performed: the token has the role reader; use one of the role member or admin.",
    );
}
