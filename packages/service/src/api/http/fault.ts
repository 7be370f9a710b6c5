/** Names of fault bodies by status, as OpenStack Block Storage gives them; any other status is a `computeFault`. */
const faultNames: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  413: 'overLimit',
  415: 'badMediaType',
  501: 'notImplemented',
  503: 'serviceUnavailable',
};

/** An answer other than success. The message says what is wrong, with which object, and what to do next. */
export class Fault extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    options: ErrorOptions & { readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message, options);
    this.name = 'Fault';
    this.status = status;
    this.headers = options.headers ?? {};
  }
}

/** The body of a fault: `{"badRequest": {"code": 400, "message": "..."}}`. */
export function faultBody(
  status: number,
  message: string,
): Record<string, { code: number; message: string }> {
  return { [faultNames[status] ?? 'computeFault']: { code: status, message } };
}
