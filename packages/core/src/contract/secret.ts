import { z } from 'zod';

/** Marks a secret across package copies and realms, so that no package needs the class to recognise one. */
export const SECRET_BRAND = Symbol.for('scoria.secret');

/** `util.inspect.custom`, by the registry key that Node documents for code that imports nothing of Node. */
const inspectCustom = Symbol.for('nodejs.util.inspect.custom');

const MASK = '[secret]';

/**
 * A value that must not be written anywhere by accident.
 *
 * Every implicit conversion (template string, JSON, console, util.inspect) yields `[secret]`; only
 * {@link Secret.reveal} gives the text, so each use of the plain value can be found by searching for it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** On the prototype, so that a spread of a secret, which has lost its text, is not taken for one. */
  get [SECRET_BRAND](): true {
    return true;
  }

  /** The plain text. Call it only where the value leaves for its destination. */
  reveal(): string {
    return this.#value;
  }

  /** Whether both hold the same text. The other may be of another copy of this package, whose field is not ours. */
  equals(other: Pick<Secret, 'reveal'>): boolean {
    return this.#value === other.reveal();
  }

  /** `[secret]`. */
  toString(): string {
    return MASK;
  }

  /** `[secret]`. */
  toJSON(): string {
    return MASK;
  }

  /** `[secret]`. */
  [Symbol.toPrimitive](): string {
    return MASK;
  }

  /** `[secret]`. */
  [inspectCustom](): string {
    return MASK;
  }
}

/** Whether `value` is a {@link Secret}, whichever copy of this package made it. */
export function isSecret(value: unknown): value is Secret {
  return typeof value === 'object' && value !== null && SECRET_BRAND in value;
}

/**
 * A secret field: plain text on the wire, {@link Secret} in memory.
 *
 * The `secret` tag is what redaction paths are generated from ({@link secretPaths}).
 */
export const secretSchema = z
  .codec(z.string().min(1).max(4096), z.custom<Secret>(isSecret, 'expected a Secret'), {
    decode: (text) => new Secret(text),
    encode: (secret) => secret.reveal(),
  })
  .meta({ secret: true });
