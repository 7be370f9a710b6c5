export * from './api/index.ts';
export { type CreateServiceOptions, createService } from './compose.ts';
export * from './config/index.ts';
export type { LifecycleSettings } from './dependencies.ts';
export * from './model/index.ts';
export type { Service } from './service.ts';
