/** What a caller may do: `admin` sees all projects, `member` changes its own project, `reader` only looks. */
export type Role = 'admin' | 'member' | 'reader';

/** Whom a token stands for. */
export interface Identity {
  readonly projectId: string;
  readonly userId: string;
  readonly role: Role;
}
