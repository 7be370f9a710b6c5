export * from './client.ts';
export * from './errors.ts';
export type { Lld } from './protocol.ts';
export * from './showTargets.ts';
export * from './transport.ts';
