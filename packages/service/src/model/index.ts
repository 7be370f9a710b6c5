export type * from './backups.ts';
export type * from './context.ts';
export type * from './list.ts';
export * from './progress.ts';
export type * from './records.ts';
export * from './serviceError.ts';
export { serviceProject } from './serviceProject.ts';
export type * from './services.ts';
export * from './status.ts';
