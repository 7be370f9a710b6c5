export { type CopyDependencies, copyVolumeData } from './copyVolumeData.ts';
export { HostVolumeAccess, type VolumeAccessDependencies } from './hostVolumeAccess.ts';
export {
  type AttachOptions,
  type ServiceInitiators,
  serviceInitiators,
} from './initiators.ts';
export { releaseLeft } from './releaseLeft.ts';
export { usingVolumes, type Wanted } from './usingVolumes.ts';
export type { AccessContext, OpenedVolume, VolumeAccess } from './volumeAccess.ts';
