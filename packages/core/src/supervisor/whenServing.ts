import { serves } from './state.ts';
import type { DriverStatus } from './status.ts';
import type { StatusBoard } from './statusBoard.ts';

/**
 * Resolves once the driver serves.
 * @throws ContractError NOT_INITIALIZED when it stops, is quarantined, or time or signal end the wait.
 */
export async function whenServing(
  board: StatusBoard,
  options: { timeoutMs?: number; signal?: AbortSignal },
): Promise<DriverStatus> {
  if (serves(board.state)) return board.status;
  const { promise, resolve, reject } = Promise.withResolvers<DriverStatus>();
  const giveUp = (): void => reject(board.notServing());
  const look = (): void => {
    if (serves(board.state)) resolve(board.status);
    else if (board.state === 'quarantined' || board.state === 'stopped') giveUp();
  };
  const forget = board.listen(look);
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(giveUp, options.timeoutMs);
  options.signal?.addEventListener('abort', giveUp, { once: true });
  if (options.signal?.aborted === true) giveUp();
  look();
  try {
    return await promise;
  } finally {
    forget();
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', giveUp);
  }
}
