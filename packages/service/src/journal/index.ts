export { asContractError, failureText } from './asContractError.ts';
export { Interrupted } from './environment.ts';
export { type Begun, type Claim, Journal } from './journal.ts';
export { KeyedLocks, type LockRequest } from './keyedLocks.ts';
export type { Operation, Recorder, RunContext, Step } from './operation.ts';
export { tryEach } from './tryEach.ts';
export { type WorkMarks, workMarks } from './workMarks.ts';
