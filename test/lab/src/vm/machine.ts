import type { GuestImage } from '../image/image.ts';
import { emulated } from './emulated.ts';
import type { GuestCommand, GuestShares } from './guestCommand.ts';
import { usermode } from './usermode.ts';

/** The ways to run a guest, by the folder of the suites that it runs (ADR 0009). */
export const machines = { emulated, usermode } satisfies Record<
  string,
  (image: GuestImage, shares: GuestShares) => GuestCommand
>;

/** A way to run a guest. */
export type MachineName = keyof typeof machines;
