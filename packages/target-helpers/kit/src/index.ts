export * from './auth.ts';
export * from './chap.ts';
export * from './connector.ts';
export * from './geometry.ts';
export * from './iqn.ts';
export * from './location.ts';
export * from './portal.ts';
