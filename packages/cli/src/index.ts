export { type ExitCodeName, exitCodeMeanings, exitCodes } from './exitCodes.ts';
export { buildProgram } from './program.ts';
export { runCli } from './runCli.ts';
