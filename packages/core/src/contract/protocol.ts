import { z } from 'zod';
import { pluginKindSchema } from './manifest.ts';

/** Longest line on the wire, in bytes, without the newline. */
export const MAX_LINE_BYTES = 1024 * 1024;

/** The file descriptor of the wire in a driver process. stdout and stderr are only logs. */
export const WIRE_FD = 3;

/** Environment variable that tells a driver it was started by a supervisor; a courtesy to people, not security. */
export const COOKIE_NAME = 'SCORIA_PLUGIN_COOKIE';
/** Value of {@link COOKIE_NAME}. */
export const COOKIE_VALUE = '6d1f3c1e-5f0b-4a3b-9b1e-scoria-plugin';
/** Exit code of a driver that was started by hand. */
export const EXIT_NOT_SUPERVISED = 64;

/** Methods of the wire besides the operations. */
export const wireMethods = {
  initialize: 'initialize',
  configure: 'configure',
  probe: 'probe',
  shutdown: 'shutdown',
  ping: '$/ping',
  cancel: '$/cancelRequest',
  progress: '$/progress',
  setLogLevel: '$/setLogLevel',
} as const;

/** JSON-RPC error code that carries a contract error in `data`. */
export const CONTRACT_ERROR_CODE = -32_000;

/** Log levels, as pino names them. */
export const logLevelSchema = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']);

/** `initialize`: identity, versions, schema; no side effects. First of the three steps of a start. */
export const initializeParamsSchema = z.object({
  protocolVersions: z
    .array(z.number().int().positive())
    .min(1)
    .describe('Versions the host speaks; the driver picks the highest common one.'),
  host: z.object({ name: z.string(), version: z.string() }).describe('The program that started the driver.'),
});

/** What a driver answers to `initialize`. */
export const initializeResultSchema = z.object({
  protocolVersion: z
    .number()
    .int()
    .positive()
    .nullable()
    .describe('The picked version; null when there is none in common (the host then reports both sides).'),
  supportedVersions: z.array(z.number().int().positive()).describe('Every version that the driver speaks.'),
  name: z.string().describe('Name of the driver, as in its manifest.'),
  version: z.string().describe('Version of the driver.'),
  capabilities: z
    .array(z.string())
    .describe('Operations it implements: derived from the implementation, never declared by hand.'),
  optionsSchema: z.record(z.string(), z.unknown()).describe('JSON Schema of its options.'),
});
/** What a driver answers to `initialize`. */
export type InitializeResult = z.infer<typeof initializeResultSchema>;

/** `configure`: options (secrets included) and the plugins that the configuration names. Second step. */
export const configureParamsSchema = z.object({
  backend: z.string().describe('Name of the backend section.'),
  host: z.string().describe('Name of the host of the service.'),
  options: z.record(z.string(), z.unknown()).describe('Options of the section, secrets included.'),
  plugins: z
    .array(z.object({ kind: pluginKindSchema, name: z.string(), entry: z.string().startsWith('/') }))
    .default([])
    .describe('Plugins that the section names, to be loaded inside the driver process.'),
  stateDir: z
    .string()
    .startsWith('/')
    .describe("Directory that is this backend's own, for state that must outlive the process."),
  logLevel: logLevelSchema.default('info').describe('Least level to log.'),
});
/** What a driver is told by `configure`. */
export type ConfigureParams = z.infer<typeof configureParamsSchema>;

/** `probe`: whether the backend can serve. Third step, and repeated as a health check. */
export const probeResultSchema = z.object({
  state: z
    .enum(['ready', 'starting', 'absent', 'degraded'])
    .describe('Absent: the backend is not there; degraded: it is, but something of it fails.'),
  reason: z.string().default('').describe('Why, for people; empty when ready.'),
});
/** What a driver answers to `probe`. */
export type ProbeResult = z.infer<typeof probeResultSchema>;

/** Travels with every operation. */
export const callMetaSchema = z.object({
  requestId: z.string().min(1).max(128).describe('The same through all repetitions of one request.'),
  timeoutMs: z
    .number()
    .int()
    .positive()
    .describe('Time after which the caller stops waiting, in ms from the receipt.'),
  traceparent: z.string().max(128).optional().describe('W3C trace context.'),
  attempt: z.number().int().positive().default(1).describe('1 for the first try.'),
});
/** What travels with every operation. */
export type CallMeta = z.infer<typeof callMetaSchema>;

/** `$/progress` of a running request. */
export const progressSchema = z.object({
  id: z.union([z.number(), z.string()]).describe('Id of the request it is about.'),
  percent: z.number().min(0).max(100).optional().describe('0 to 100, when it can be told.'),
  message: z.string().max(1024).optional().describe('What is being done, for people.'),
});
/** How far a running request is. */
export type Progress = z.infer<typeof progressSchema>;
