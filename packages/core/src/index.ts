export * from './catalog/index.ts';
export * from './di/index.ts';
export * from './supervisor/index.ts';
