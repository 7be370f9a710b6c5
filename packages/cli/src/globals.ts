import { type Command, InvalidArgumentError } from 'commander';

/** Options that every command takes. */
export interface Globals {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly socket: string;
  readonly url: string | null;
  readonly tokenFile: string | null;
  readonly project: string | null;
  /** Seconds. */
  readonly timeout: number;
}

/** The socket of a service with default settings. */
export const DEFAULT_SOCKET = '/var/lib/scoria/api.sock';

/** The global options as given, from the environment where they were not. */
export function globalsOf(command: Command): Globals {
  const given = command.optsWithGlobals<Partial<Globals>>();
  return {
    json: given.json ?? false,
    quiet: given.quiet ?? false,
    socket: given.socket ?? process.env['SCORIA_SOCKET'] ?? DEFAULT_SOCKET,
    url: given.url ?? (given.socket === undefined ? (process.env['SCORIA_URL'] ?? null) : null),
    tokenFile: given.tokenFile ?? process.env['SCORIA_TOKEN_FILE'] ?? null,
    project: given.project ?? process.env['SCORIA_PROJECT'] ?? null,
    timeout: given.timeout ?? 300,
  };
}

/** Adds the global options to the program. */
export function addGlobals(program: Command): Command {
  return program
    .option('--json', 'print JSON instead of tables')
    .option('-q, --quiet', 'print nothing but errors')
    .option('--socket <path>', `unix socket of the service (default: $SCORIA_SOCKET or ${DEFAULT_SOCKET})`)
    .option('--url <url>', 'TCP address of the service, such as http://10.0.0.1:8776 (default: $SCORIA_URL)')
    .option('--token-file <path>', 'file with the token for --url (default: $SCORIA_TOKEN_FILE)')
    .option('--project <id>', 'project to work in (default: $SCORIA_PROJECT, or the one of socket or token)')
    .option('--timeout <seconds>', 'how long to wait for operations to finish (default: 300)', parseSeconds);
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds <= 0)
    throw new InvalidArgumentError('Give a number of seconds above zero.');
  return seconds;
}
