/** Who asks, as authenticated at the API's edge. */
export interface RequestContext {
  /** `req-<uuid>`; also the id under which drivers see the request. */
  readonly requestId: string;
  readonly projectId: string;
  readonly userId: string;
  /** Sees and changes the objects of all projects, and may reset states. */
  readonly isAdmin: boolean;
}
