import { CliError } from '../cliError.ts';
import { exitCodes } from '../exitCodes.ts';
import { formatCell } from './table.ts';

interface ContractLike extends Error {
  readonly code: string;
  readonly leftBehind?: readonly string[];
  readonly secondary?: readonly string[];
}

/** Writes an error to stderr, for people or as JSON, and returns the exit code. */
export function reportError(error: unknown, json: boolean): number {
  const { exit, message, hint, details } = describe(error);
  const text = json
    ? JSON.stringify({
        error: { exit: exitCodes[exit], kind: exit, message, ...(hint !== null && { hint }), ...details },
      })
    : [`scoria: ${message}`, ...(hint === null ? [] : [hint]), ...detailLines(details)]
        .join('\n')
        .split('\n')
        // What drivers and other users said must not draw on the terminal.
        .map((line) => (line === '' ? line : formatCell(line)))
        .join('\n');
  process.stderr.write(`${text}\n`);
  return exitCodes[exit];
}

interface Described {
  readonly exit: keyof typeof exitCodes;
  readonly message: string;
  readonly hint: string | null;
  readonly details: Readonly<Record<string, readonly string[]>>;
}

function describe(error: unknown): Described {
  if (error instanceof CliError)
    return { exit: error.exit, message: error.message, hint: error.hint, details: {} };
  if (isContractLike(error)) {
    const exit = error.code === 'VOLUME_IS_BUSY' || error.code === 'ABORTED' ? 'refused' : 'failed';
    return { exit, message: error.message, hint: null, details: leftovers(error) };
  }
  const message = error instanceof Error ? error.message : String(error);
  const stack =
    process.env['SCORIA_DEBUG'] === undefined || !(error instanceof Error) ? null : (error.stack ?? null);
  return { exit: 'failed', message, hint: stack, details: {} };
}

function leftovers(error: ContractLike): Record<string, readonly string[]> {
  const details: Record<string, readonly string[]> = {};
  if (error.leftBehind !== undefined && error.leftBehind.length > 0) details['leftBehind'] = error.leftBehind;
  if (error.secondary !== undefined && error.secondary.length > 0) details['alsoFailed'] = error.secondary;
  return details;
}

function detailLines(details: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(details).map(
    ([key, values]) => `${key === 'leftBehind' ? 'Still there' : 'Also failed'}: ${values.join('; ')}.`,
  );
}

function isContractLike(error: unknown): error is ContractLike {
  return error instanceof Error && Symbol.for('scoria.contractError') in error;
}
