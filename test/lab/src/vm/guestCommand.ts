/** What a guest shares with its host. */
export interface GuestShares {
  /** The checkout, which the guest reads. */
  readonly checkout: string;
  /** Where the guest writes what became of its tests. */
  readonly out: string;
  /** How often it was started with these, this time included. */
  readonly boot: number;
}

/** What runs a guest. It ends when the guest powers off. */
export interface GuestCommand {
  readonly program: string;
  readonly argv: readonly string[];
  /** Beside the minimal environment of every command. */
  readonly env?: Readonly<Record<string, string>>;
}
