import { mkdir } from 'node:fs/promises';
import type { BackupStore } from '@scoria/backup';
import { Container, DriverSupervisor, type SupervisorSettings, token } from '@scoria/core';
import { DataMover } from '@scoria/data-mover';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type ApiOptions, createApi, loadTokens } from './api/index.ts';
import { Backend, BackendRegistry, backendIo, ExportKeeper } from './backends/index.ts';
import { composeAccess } from './composeAccess.ts';
import { composeBackups } from './composeBackups.ts';
import { composeImages } from './composeImages.ts';
import type { ScoriaConfig } from './config/index.ts';
import { createServices } from './createServices.ts';
import { releaseLeft, type VolumeAccess } from './dataPath/index.ts';
import {
  defaultLifecycleSettings,
  type LifecycleDependencies,
  type LifecycleSettings,
} from './dependencies.ts';
import { driverLaunch } from './driverLaunch.ts';
import type { ImageWork } from './images/imageWork.ts';
import { Journal, KeyedLocks } from './journal/index.ts';
import type { Services } from './model/index.ts';
import { ProgressBoard } from './progress/index.ts';
import { Scheduler } from './scheduler/index.ts';
import { ScoriaService, type Service } from './service.ts';
import { openState, type State } from './state/index.ts';
import { ensureTypes } from './types/ensureTypes.ts';
import { removeLeftMoments } from './volumes/removeLeftMoments.ts';

/** Options of {@link createService} that are not an operator's. Times in milliseconds. */
export interface CreateServiceOptions {
  readonly log: Logger;
  /** Version that drivers are told. */
  readonly version?: string;
  readonly supervisor?: Partial<SupervisorSettings>;
  readonly lifecycle?: Partial<LifecycleSettings>;
  /** Wait between two looks at what is exported. Default: 500 ms. */
  readonly exportCheckMs?: number;
  /** How long a stop waits for operations under way before it leaves them to the next start. Default: 10 s. */
  readonly drainMs?: number;
}

const tokens = {
  log: token<Logger>('log'),
  state: token<State>('state'),
  locks: token<KeyedLocks>('locks'),
  attachLocks: token<KeyedLocks>('attach locks'),
  journal: token<Journal>('journal'),
  mover: token<DataMover>('data mover'),
  progress: token<ProgressBoard>('progress'),
  backends: token<BackendRegistry>('backends'),
  access: token<VolumeAccess>('volume access'),
  backups: token<BackupStore | null>('backups'),
  images: token<ImageWork | null>('images'),
  dependencies: token<LifecycleDependencies>('lifecycle dependencies'),
  services: token<Services>('services'),
};

/** What each backend's own container holds. */
const backendTokens = {
  supervisor: token<DriverSupervisor>('supervisor'),
  backend: token<Backend>('backend'),
  exports: token<ExportKeeper>('export keeper'),
};

/**
 * The composition root: all that a service is made of, put together here and nowhere else. Nothing runs and nothing
 * listens before {@link Service.start}.
 *
 * @throws Error when the database cannot be used, the file of tokens is wrong, or the default volume type is missing.
 */
export async function createService(config: ScoriaConfig, options: CreateServiceOptions): Promise<Service> {
  const settings = lifecycleSettings(config, options);
  await mkdir(config.stateDirectory, { recursive: true, mode: 0o700 });
  const state = await openState(config.database);
  const container = Container.create('service')
    .value(tokens.state, state, (each) => each.close())
    .value(tokens.log, options.log);
  try {
    await ensureTypes(state, config.volumeTypes, settings.defaultVolumeType);
    const progress = new ProgressBoard({ state, log: options.log });
    await progress.load();
    container
      .value(tokens.progress, progress)
      .value(tokens.locks, new KeyedLocks())
      .value(tokens.attachLocks, new KeyedLocks())
      .factory(tokens.mover, {
        needs: {},
        create: () => {
          const { threads, checkpointMs } = config.dataMover;
          return new DataMover({ checkpointMs, ...(threads !== null && { maxThreads: threads }) });
        },
        dispose: (mover) => mover.close({ cancel: true }),
      })
      .factory(tokens.journal, {
        needs: { state: tokens.state, log: tokens.log, locks: tokens.locks },
        create: (given) => new Journal(given),
      });
    const parts = await Promise.all(
      config.backends.map((each) => composeBackend(container, config, each, options)),
    );
    container
      .value(tokens.backends, new BackendRegistry(parts.map((part) => part.resolve(backendTokens.backend))))
      .factory(tokens.access, {
        needs: { state: tokens.state, backends: tokens.backends, attachLocks: tokens.attachLocks },
        create: (given) => composeAccess(config, settings, given),
      })
      .value(
        tokens.backups,
        await composeBackups(config.backup, { mover: container.resolve(tokens.mover), state }),
        (each) => each?.close(),
      )
      .value(tokens.images, await composeImages(config.images, container.resolve(tokens.mover)), (each) =>
        each?.close(),
      )
      .factory(tokens.dependencies, {
        needs: {
          state: tokens.state,
          journal: tokens.journal,
          backends: tokens.backends,
          mover: tokens.mover,
          access: tokens.access,
          backups: tokens.backups,
          images: tokens.images,
          progress: tokens.progress,
          log: tokens.log,
        },
        create: (given) => ({
          ...given,
          scheduler: new Scheduler(given.backends),
          settings,
        }),
      })
      .factory(tokens.services, {
        needs: { dependencies: tokens.dependencies },
        create: ({ dependencies }) => createServices(dependencies, config.host),
      });
    const services = container.resolve(tokens.services);
    return new ScoriaService({
      config,
      services,
      log: options.log,
      apis: await composeApis(config, services, { log: options.log, makeDurable: () => state.makeDurable() }),
      journal: container.resolve(tokens.journal),
      mover: container.resolve(tokens.mover),
      backends: parts.map((part) => ({
        backend: part.resolve(backendTokens.backend),
        exports: part.resolve(backendTokens.exports),
      })),
      releaseLeft: (signal) =>
        releaseLeft(
          {
            access: container.resolve(tokens.access),
            state,
            locks: container.resolve(tokens.locks),
            log: options.log,
          },
          signal,
        ),
      removeLeftMoments: () => removeLeftMoments(container.resolve(tokens.dependencies)),
      drainMs: options.drainMs ?? 10_000,
      dispose: () => container.dispose(),
    });
  } catch (error) {
    await container.dispose();
    throw error;
  }
}

/** A backend in a container of its own: what it is made of cannot reach another backend's. */
async function composeBackend(
  parent: Container,
  config: ScoriaConfig,
  backend: ScoriaConfig['backends'][number],
  options: CreateServiceOptions,
): Promise<Container> {
  await mkdir(backend.stateDirectory, { recursive: true, mode: 0o700 });
  return parent
    .child(backend.name)
    .factory(backendTokens.supervisor, {
      needs: { log: tokens.log },
      create: ({ log }) =>
        new DriverSupervisor(driverLaunch(config, backend), {
          log,
          hostVersion: options.version ?? '0',
          ...(options.supervisor !== undefined && { settings: options.supervisor }),
        }),
    })
    .factory(backendTokens.backend, {
      needs: { driver: backendTokens.supervisor, log: tokens.log },
      create: (given) =>
        new Backend({
          ...given,
          name: backend.name,
          host: config.host,
          io: backendIo(backend.options),
        }),
    })
    .factory(backendTokens.exports, {
      needs: {
        backend: backendTokens.backend,
        state: tokens.state,
        locks: tokens.locks,
        attachLocks: tokens.attachLocks,
        log: tokens.log,
      },
      create: (given) =>
        new ExportKeeper({
          ...given,
          ...(options.exportCheckMs !== undefined && { intervalMs: options.exportCheckMs }),
        }),
    });
}

/** One API per way in: the unix socket admits whoever may open it, TCP asks for a token. */
async function composeApis(
  config: ScoriaConfig,
  services: Services,
  common: Pick<ApiOptions, 'log' | 'makeDurable'>,
): Promise<{ readonly socket: FastifyInstance | null; readonly tcp: FastifyInstance | null }> {
  const { socket, listen, tokensFile, projectId } = config.api;
  const open =
    socket === null
      ? null
      : createApi(services, { ...common, auth: { kind: 'noauth', defaultProjectId: projectId } });
  if (listen === null) return { socket: open, tcp: null };
  if (tokensFile === null)
    throw new Error('api.listen needs api.tokens_file: over TCP the API is never open to everybody');
  const auth = { kind: 'tokens', tokens: await loadTokens(tokensFile) } as const;
  return { socket: open, tcp: createApi(services, { ...common, auth }) };
}

function lifecycleSettings(config: ScoriaConfig, { lifecycle }: CreateServiceOptions): LifecycleSettings {
  return {
    ...defaultLifecycleSettings,
    availabilityZone: config.availabilityZone,
    defaultVolumeType: config.defaultVolumeType ?? defaultLifecycleSettings.defaultVolumeType,
    maxVolumes: config.quotas.volumes,
    maxSnapshots: config.quotas.snapshots,
    maxGigabytes: config.quotas.gigabytes,
    maxBackups: config.quotas.backups,
    maxBackupGigabytes: config.quotas.backup_gigabytes,
    ...lifecycle,
  };
}
