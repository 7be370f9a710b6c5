export * from './blockStorageClient.ts';
export * from './freePort.ts';
export * from './process.ts';
export * from './scoria.ts';
export * from './stage.ts';
export * from './temporaryDirectory.ts';
export * from './tgtd.ts';
export * from './waitFor.ts';
