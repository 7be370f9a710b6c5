/** What the root scripts exit with, besides the exit code of the task itself. Listed in README.md. */
export const exitCodes = {
  /** The task ran and failed. */
  taskFailed: 1,
  /** No such task. */
  usage: 2,
  /** Programs are missing and may not be installed here: not root, or not a Debian. */
  hostPackagesMissing: 3,
  /** Node, pnpm, a Debian package or a dependency could not be downloaded or installed. */
  installFailed: 4,
  /** The sources do not build. */
  buildFailed: 5,
};

/** Ends the bootstrap with a message for a person and a documented exit code. */
export class Stop extends Error {
  /**
   * @param {number} exitCode one of `exitCodes`
   * @param {string} message what is wrong and what to do about it
   */
  constructor(exitCode, message) {
    super(message);
    this.exitCode = exitCode;
  }
}
