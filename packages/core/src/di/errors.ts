/** Something asked for is not registered. Names everything that is missing at once, each with the way that leads to it. */
export class MissingDependenciesError extends Error {
  override readonly name = 'MissingDependenciesError';
  readonly code = 'DI_MISSING';
  /** `service > journal > state`: the last one is not registered. */
  readonly missing: readonly string[];

  constructor(container: string, missing: readonly string[]) {
    super(`not registered in container "${container}": ${missing.join('; ')}`);
    this.missing = missing;
  }
}

/** Factories need one another in a circle. */
export class DependencyCycleError extends Error {
  override readonly name = 'DependencyCycleError';
  readonly code = 'DI_CYCLE';

  constructor(path: readonly string[]) {
    super(`dependencies in a circle: ${path.join(' > ')}`);
  }
}

/** A token was registered twice in one container. */
export class DuplicateRegistrationError extends Error {
  override readonly name = 'DuplicateRegistrationError';
  readonly code = 'DI_DUPLICATE';

  constructor(container: string, token: string) {
    super(`"${token}" is registered in container "${container}" already`);
  }
}
