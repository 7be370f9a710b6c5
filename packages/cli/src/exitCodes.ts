/** Exit codes of every command. They are part of the interface: scripts depend on them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  unreachable: 4,
  refused: 5,
  forbidden: 6,
  timeout: 7,
  config: 8,
  interrupted: 130,
} as const;

/** An exit code's name. */
export type ExitCodeName = keyof typeof exitCodes;

/** What each code means; shown by `--help` and in docs/cli.md. */
export const exitCodeMeanings: Readonly<Record<ExitCodeName, string>> = {
  ok: 'done',
  failed: 'failed',
  usage: 'wrong usage: unknown command, option or value',
  notFound: 'no such object',
  unreachable: 'cannot reach the service',
  refused: 'the service refuses: conflict, wrong state or invalid value',
  forbidden: 'no valid token, or not allowed',
  timeout: 'not finished in time; the operation goes on',
  config: 'the configuration is wrong',
  interrupted: 'interrupted',
};
