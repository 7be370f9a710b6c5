import { fstatSync } from 'node:fs';
import { findSandboxLevel } from './findLevel.ts';
import { isolation, type SandboxLevel, withoutPrivileges } from './isolation.ts';

/** A file or block device that a program in the sandbox may open by path; everything else of the host is not there. */
export interface Place {
  /** Absolute path on this host. */
  readonly path: string;
  /** Open descriptor of the same, which the caller holds as long as the program runs. */
  readonly fd: number;
  readonly access: 'read' | 'write';
}

/** What a program may use, whatever it is told. */
export interface SandboxLimits {
  readonly cpuSeconds: number;
  readonly addressSpaceBytes: number;
  /** Size that no file can grow past. */
  readonly fileBytes: number;
}

/** A program to confine. */
export interface Confined {
  readonly program: string;
  /** Gets the path of each place, by its name, as the program sees it. */
  readonly args: (paths: Readonly<Record<string, string>>) => readonly string[];
  /** What it may open, by a name of letters. Default nothing. */
  readonly places?: Readonly<Record<string, Place>>;
  /** Descriptors that it has from the start, from 3 on. Default none. */
  readonly fds?: readonly number[];
  /** Paths of this host that it needs to be started at all, at the same place inside, read-only. Default none. */
  readonly runtime?: readonly string[];
  readonly limits: SandboxLimits;
}

/** How to run it by host-exec. */
export interface ConfinedCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly fds: readonly number[];
}

/**
 * Runs programs on hostile bytes: in name spaces of their own (bubblewrap), as the user nobody, with nothing of the host to see but
 * system programs and the given places, with no network, no way to gain privileges, and limits. The one capability left, over
 * file modes, reaches what was given only: a file of another user would else have to be copied or changed.
 */
export class Sandbox {
  #level: Promise<SandboxLevel> | undefined;

  /** @param level default: the best that works here, found with the first program */
  constructor(level?: SandboxLevel) {
    if (level !== undefined) this.#level = Promise.resolve(level);
  }

  /** How far programs are confined here. @throws ImageError TOOL_MISSING where programs cannot be confined */
  level(): Promise<SandboxLevel> {
    // What is missing may be installed meanwhile: a failure is not kept.
    this.#level ??= findSandboxLevel().catch((error: unknown) => {
      this.#level = undefined;
      throw error;
    });
    return this.#level;
  }

  /** The command that runs a program confined. @throws ImageError as {@link level} */
  async confine({
    program,
    args,
    places = {},
    fds = [],
    runtime = [],
    limits,
  }: Confined): Promise<ConfinedCommand> {
    const level = await this.level();
    const named = Object.entries(places);
    const limited = ['prlimit', ...limitArgs(limits), '--', program];
    const command = (paths: readonly string[]): string[] => {
      const byName = Object.fromEntries(named.map(([name], index) => [name, paths[index] ?? '']));
      return [...withoutPrivileges(level), ...limited, ...args(byName)];
    };
    if (level === 'limits') {
      const [first = '', ...rest] = command(
        named.map((_, index) => `/proc/self/fd/${3 + fds.length + index}`),
      );
      return { program: first, args: rest, fds: [...fds, ...named.map(([, { fd }]) => fd)] };
    }
    const binds = named.flatMap(([name, { path, fd, access }]) => [
      // A device can be opened through a dev-bind only, also to be read.
      access === 'read' && !fstatSync(fd).isBlockDevice() ? '--ro-bind' : '--dev-bind',
      path,
      `/${name}`,
    ]);
    return {
      program: 'bwrap',
      args: [
        ...isolation(level, runtime),
        ...binds,
        ...['--remount-ro', '/', '--'],
        ...command(named.map(([name]) => `/${name}`)),
      ],
      fds,
    };
  }
}

function limitArgs({ cpuSeconds, addressSpaceBytes, fileBytes }: SandboxLimits): string[] {
  return [
    `--cpu=${cpuSeconds}`,
    `--as=${addressSpaceBytes}`,
    `--fsize=${fileBytes}`,
    '--core=0',
    '--nofile=256',
  ];
}
