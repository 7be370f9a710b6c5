import type { GuestImage } from '../image/image.ts';
import { emulated } from './emulated.ts';
import type { GuestCommand, GuestShares } from './guestCommand.ts';
import { usermode, whyNoUsermode } from './usermode.ts';

/** A way to run a guest. */
export interface Machine {
  command(image: GuestImage, shares: GuestShares): Promise<GuestCommand>;
  /** How many of the host's processors it keeps busy: two guests that share them take longer than one after the other, and time their logins out. */
  readonly processors: number;
  /** How often it is started, on the same disk; `LAB_BOOT` tells the suites, from 1 on. Once unless said otherwise. */
  readonly boots?: number;
  /** Why this host cannot run one; undefined when it can. */
  whyNot?(image: GuestImage): Promise<string | undefined>;
}

/** The ways to run a guest, by the folder of the suites that it runs (ADR 0009). */
export const machines = {
  emulated: { command: emulated, processors: 2 },
  rebooted: { command: usermode, processors: 1, whyNot: whyNoUsermode, boots: 2 },
  usermode: { command: usermode, processors: 1, whyNot: whyNoUsermode },
} satisfies Record<string, Machine>;

/** Name of a way to run a guest. */
export type MachineName = keyof typeof machines;

/** The way of that name. */
export const machineOf = (name: MachineName): Machine => machines[name];
