/** What a guest shares with its host. */
export interface GuestShares {
  /** The checkout, which the guest reads. */
  readonly checkout: string;
  /** Where the guest writes what became of its tests. */
  readonly out: string;
}

/** What runs a guest. It ends when the guest powers off. */
export interface GuestCommand {
  readonly program: string;
  readonly argv: readonly string[];
}
