/** Kinds of failure that a client of the service can tell apart; each is one HTTP status at the REST edge. */
export const serviceErrorStatus = {
  BadRequest: 400,
  InvalidInput: 400,
  InvalidVolume: 400,
  InvalidSnapshot: 400,
  InvalidBackup: 400,
  InvalidVolumeType: 400,
  InvalidImage: 400,
  InvalidConnector: 400,
  Unauthorized: 401,
  Forbidden: 403,
  VolumeNotFound: 404,
  SnapshotNotFound: 404,
  BackupNotFound: 404,
  AttachmentNotFound: 404,
  VolumeTypeNotFound: 404,
  MetadataNotFound: 404,
  ImageNotFound: 404,
  BackendNotFound: 404,
  Conflict: 409,
  OverLimit: 413,
  NoValidBackend: 400,
  BackupsNotConfigured: 501,
  ImagesNotConfigured: 501,
  ServiceUnavailable: 503,
  DriverFailed: 500,
} as const;
/** A key of {@link serviceErrorStatus}. */
export type ServiceErrorKind = keyof typeof serviceErrorStatus;

/** A refusal that a client can act on. The message says what, which object, and what to do next. */
export class ServiceError extends Error {
  readonly kind: ServiceErrorKind;

  constructor(kind: ServiceErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = kind;
    this.kind = kind;
  }

  /** The HTTP status of the kind. */
  get status(): number {
    return serviceErrorStatus[this.kind];
  }
}
