import {
  aliasIn,
  attributesIn,
  type Configfs,
  dumpBackstore,
  type Owner,
  replaceEntries,
  type Saveconfig,
  SaveconfigFile,
  storageObjectOf,
} from '@scoria/lio-kit';
import { type ShownExport, showExport } from '../export/showExport.ts';
import type { FcFabric } from '../fabrics.ts';
import { layoutOf } from '../kernel/layout.ts';
import type { ExportRecord } from '../record.ts';
import { mergePort, type PortLun } from './mergePort.ts';
import { recordsIn, savedPorts } from './readRecords.ts';
import { savedWwpn } from './savedWwn.ts';

/** What the saved file is told about. */
export interface SavedScope {
  readonly fs: Configfs;
  readonly fabric: FcFabric;
  readonly owner: Owner;
  /** Target ports, which are saved whether or not they have a LUN. */
  readonly ports: readonly string[];
  readonly registered: readonly string[];
}

/** The ports alone: what stands for no backstore. */
const PORTS_ONLY = '';

/** Our exports in the file that targetctl restores. Entries of others are kept as they are. */
export class SavedExports {
  readonly #file: SaveconfigFile<string>;
  readonly #scope: SavedScope;

  constructor(path: string, scope: SavedScope) {
    this.#scope = scope;
    this.#file = new SaveconfigFile(
      path,
      (backstoreName: string) => backstoreName,
      (config, subjects) =>
        this.#change(
          config,
          subjects.filter((each) => each !== PORTS_ONLY),
        ),
    );
  }

  /** What the file says of our exports, by volume. @throws ContractError BACKEND_ERROR when it is damaged */
  async records(): Promise<Map<string, ExportRecord>> {
    return recordsIn(await this.#file.read(), this.#scope.fabric, this.#scope.owner);
  }

  /** What the file says of one volume's export. @throws ContractError BACKEND_ERROR when it is damaged */
  async record(name: string): Promise<ExportRecord | undefined> {
    return (await this.records()).get(name);
  }

  /**
   * Makes the file say of this backstore what the kernel has: its LUNs and who sees them, or nothing when it is gone. On disk when it returns.
   *
   * @throws ContractError BACKEND_ERROR when the file is damaged: it is not touched then; errors of the file system
   */
  save(backstoreName: string): Promise<void> {
    return this.#file.save(backstoreName);
  }

  /** Makes the file name our ports and registered initiators. @throws as {@link save} */
  savePorts(): Promise<void> {
    return this.#file.save(PORTS_ONLY);
  }

  async #change(config: Saveconfig, backstoreNames: readonly string[]): Promise<Saveconfig> {
    const { fs, fabric, owner, ports, registered } = this.#scope;
    const shown = await Promise.all(
      backstoreNames.map(async (backstoreName) => {
        const volume = owner.volumeOf(backstoreName);
        const found = volume === null ? undefined : await showExport(this.#scope, volume);
        return { backstoreName, found: found && found.at.length > 0 ? found : undefined };
      }),
    );
    const backstores = new Map(
      await Promise.all(
        shown.map(
          async ({ backstoreName, found }) =>
            [backstoreName, found ? await dumpBackstore(fs, found.backstore) : null] as const,
        ),
      ),
    );
    const known = new Map(savedPorts(config, fabric).map((each) => [savedWwpn(each.wwn), each]));
    const all = new Set([
      ...ports,
      ...known.keys(),
      ...shown.flatMap(({ found }) => found?.at.map(({ port }) => port) ?? []),
    ]);
    const merged = await Promise.all(
      [...all].map(async (port) => {
        const entry = mergePort(known.get(port), {
          fabric: fabric.savedAs,
          port,
          parameters: await attributesIn(
            fs,
            `${fabric.directory} parameters`,
            `${layoutOf(fabric, port).port}/param`,
          ),
          backstores: new Set(backstoreNames),
          luns: (await Promise.all(shown.map(({ found }) => this.#lunsAt(port, found)))).flat(),
          registered: ports.includes(port) ? registered : [],
        });
        return [port, entry] as const;
      }),
    );
    return {
      ...config,
      storage_objects: replaceEntries(config.storage_objects, (each) => each['name'], backstores),
      targets: replaceEntries(
        config.targets,
        ({ fabric: name, wwn }) =>
          name === fabric.savedAs && typeof wwn === 'string' ? savedWwpn(wwn) : undefined,
        new Map<string, Saveconfig['targets'][number] | null>(merged),
      ),
    };
  }

  async #lunsAt(port: string, found: ShownExport | undefined): Promise<PortLun[]> {
    const { fs, fabric } = this.#scope;
    return Promise.all(
      (found?.at ?? [])
        .filter((each) => each.port === port)
        .map(async ({ lun, access }) => ({
          lun,
          alias: await aliasIn(fs, layoutOf(fabric, port).lun(lun)),
          storageObject: storageObjectOf(found?.backstore ?? { kind: 'fileio', name: '' }),
          access,
        })),
    );
  }
}
