import { ImageError, type ImageErrorCode } from '../../errors.ts';

/** Codes of a request that never reached the other side, so that it may be repeated whatever it was. */
const NEVER_SENT: readonly string[] = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
];

/** The error for an exchange that broke: no answer, or half of one. */
export function failedExchange(url: string, error: unknown, signal?: AbortSignal): ImageError {
  if (error instanceof ImageError) return error;
  if (signal?.aborted === true) return new ImageError('CANCELLED', 'cancelled', { cause: signal.reason });
  const reason = error instanceof Error ? wordsOf(error) : String(error);
  const { host } = new URL(url);
  return new ImageError('SOURCE_UNAVAILABLE', `${host}: ${reason}`, { cause: error });
}

/** Whether a request certainly did not reach the other side. */
export function neverSent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && NEVER_SENT.includes(String(cause.code));
}

/** A connection to a name that has several addresses fails with one error that holds the others. */
function wordsOf(error: Error): string {
  if (error.message !== '') return error.message;
  const inner = error instanceof AggregateError ? error.errors : [];
  const words = inner.filter((each): each is Error => each instanceof Error).map((each) => each.message);
  return words.length > 0 ? words.join('; ') : error.name;
}

/** The error for an answer that is no success. `said` is what the server wrote, already fit to be shown. */
export function failedStatus(what: string, status: number, said: string): ImageError {
  const code = codeOfStatus(status);
  return new ImageError(code, `${what}: HTTP ${status}${said === '' ? '' : `: ${said}`}`);
}

function codeOfStatus(status: number): ImageErrorCode {
  if (status === 404 || status === 410) return 'IMAGE_NOT_FOUND';
  // Too many requests and a time-out are the server's state, not an answer to this request.
  if (status >= 500 || status === 429 || status === 408) return 'SOURCE_UNAVAILABLE';
  return 'SOURCE_REFUSED';
}
