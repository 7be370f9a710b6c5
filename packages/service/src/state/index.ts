export * from './attachmentRepository.ts';
export * from './connectionRepository.ts';
export * from './journalRepository.ts';
export * from './open.ts';
export * from './serviceAttachmentRepository.ts';
export * from './statusMachine.ts';
export * from './volumeRepository.ts';
export type { VolumeChanges } from './volumeRows.ts';
export * from './volumeStatusOf.ts';
