import { errorTable, isContractError } from '@scoria/core/contract';
import { ServiceError } from '../../model/index.ts';
import { Fault } from './fault.ts';

const INTERNAL =
  'The server has either erred or is incapable of performing the requested operation. ' +
  'Look for the request id of this answer in the log of the service.';

/**
 * Makes a fault of whatever a handler threw. Only errors that are made for clients show their text: the text of an
 * unexpected error may hold paths or secrets and goes to the log alone.
 */
export function toFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  if (error instanceof ServiceError) return new Fault(error.status, error.message, { cause: error });
  if (isContractError(error))
    return new Fault(errorTable[error.code].status, error.message, { cause: error });
  const framework = fromFramework(error);
  return framework ?? new Fault(500, INTERNAL, { cause: error });
}

function fromFramework(error: unknown): Fault | null {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number')
    return null;
  const { statusCode } = error;
  if (statusCode === 413)
    return new Fault(413, 'The request body is too large: send at most 112 KiB.', { cause: error });
  if (statusCode === 415)
    return new Fault(415, 'Unsupported Content-Type: send the body as application/json.', { cause: error });
  if (statusCode === 414)
    return new Fault(
      404,
      'The resource could not be found: a part of its URL is longer than 512 characters.',
      {
        cause: error,
      },
    );
  if (statusCode >= 400 && statusCode < 500)
    return new Fault(statusCode, `Malformed request: ${error.message}`, { cause: error });
  return null;
}
