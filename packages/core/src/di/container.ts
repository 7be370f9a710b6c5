// tsyringe refuses to load without it, although no decorator is used here (docs/adr/0003-di-without-decorators.md).
import 'reflect-metadata';
import { type DependencyContainer, container as root } from 'tsyringe';
import { DependencyCycleError, DuplicateRegistrationError, MissingDependenciesError } from './errors.ts';
import type { Provided, Token } from './token.ts';

/** Tokens by the name under which a factory wants to get them. */
export type Needs = Readonly<Record<string, Token<unknown>>>;
type Given<N extends Needs> = { readonly [Name in keyof N]: Provided<N[Name]> };

/** How something is made: once per container, on first use. */
export interface Factory<T, N extends Needs> {
  readonly needs: N;
  /** Makes it. @param given what the needs stand for, under their names */
  create(given: Given<N>): T;
  /** Called by `dispose` of the container that holds it, if it was made. */
  dispose?(made: T): Promise<void> | void;
}

interface Disposable {
  readonly name: string;
  dispose(): Promise<void> | void;
}

/**
 * A dependency container: tsyringe behind typed tokens. A child sees what its parents have; what a parent made is made
 * once and shared.
 */
export class Container {
  readonly name: string;
  readonly #inner: DependencyContainer;
  readonly #parent: Container | undefined;
  readonly #needs = new Map<symbol, Needs>();
  readonly #children = new Set<Container>();
  readonly #disposables: Disposable[] = [];

  private constructor(name: string, inner: DependencyContainer, parent: Container | undefined) {
    this.name = name;
    this.#inner = inner;
    this.#parent = parent;
  }

  /** A container with nothing in it. */
  static create(name: string): Container {
    // Not tsyringe's global container: two services in one process share nothing.
    return new Container(name, root.createChildContainer(), undefined);
  }

  /** A container for a part, e.g. one backend; disposed before its parent. */
  child(name: string): Container {
    const child = new Container(`${this.name}/${name}`, this.#inner.createChildContainer(), this);
    this.#children.add(child);
    return child;
  }

  /** Registers something that exists. @throws DuplicateRegistrationError */
  value<T>(token: Token<T>, value: T, dispose?: (value: T) => Promise<void> | void): this {
    this.#claim(token, {});
    this.#inner.register(token.key, { useFactory: () => value });
    if (dispose !== undefined) this.#disposables.push({ name: token.name, dispose: () => dispose(value) });
    return this;
  }

  /** Registers how something is made. @throws DuplicateRegistrationError */
  factory<T, const N extends Needs>(token: Token<T>, factory: Factory<T, N>): this {
    this.#claim(token, factory.needs);
    let made: { value: T } | undefined;
    this.#inner.register(token.key, {
      useFactory: () => {
        if (made !== undefined) return made.value;
        const given = Object.entries(factory.needs).map(([name, each]) => [name, this.#get(each)]);
        // Entry by entry the value of `needs`: the type says the same.
        const value = factory.create(Object.fromEntries(given) as Given<N>);
        made = { value };
        // After its needs have been made: disposing in reverse order never takes away what is still used.
        this.#disposables.push({ name: token.name, dispose: () => factory.dispose?.(value) });
        return value;
      },
    });
    return this;
  }

  /** Whether the token can be resolved here (its own needs not considered). */
  has(token: Token<unknown>): boolean {
    return this.#ownerOf(token) !== undefined;
  }

  /**
   * What the token stands for; made now if it was not yet. The whole tree is checked before anything is made.
   * @throws MissingDependenciesError naming every missing dependency, DependencyCycleError, and what a factory throws.
   */
  resolve<T>(token: Token<T>): T {
    const missing = new Set<string>();
    this.#check(token, [], missing, new Set());
    if (missing.size > 0) throw new MissingDependenciesError(this.name, [...missing]);
    return this.#get(token);
  }

  /**
   * Disposes children first, then what was made here, newest first. Goes on after a failure. Idempotent.
   * @throws AggregateError of everything that failed.
   */
  async dispose(): Promise<void> {
    const failures: unknown[] = [];
    const attempt = async (name: string, task: () => Promise<void> | void): Promise<void> => {
      try {
        await task();
      } catch (error) {
        failures.push(new Error(`disposing "${name}" failed`, { cause: error }));
      }
    };
    for (const child of [...this.#children].reverse()) await attempt(child.name, () => child.dispose());
    for (const each of this.#disposables.splice(0).reverse()) await attempt(each.name, () => each.dispose());
    this.#children.clear();
    if (this.#parent !== undefined) this.#parent.#children.delete(this);
    if (failures.length > 0) throw new AggregateError(failures, `disposing container "${this.name}" failed`);
  }

  #claim(token: Token<unknown>, needs: Needs): void {
    if (this.#needs.has(token.key)) throw new DuplicateRegistrationError(this.name, token.name);
    this.#needs.set(token.key, needs);
  }

  #ownerOf(token: Token<unknown>): Container | undefined {
    if (this.#needs.has(token.key)) return this;
    return this.#parent === undefined ? undefined : this.#parent.#ownerOf(token);
  }

  #get<T>(token: Token<T>): T {
    return this.#inner.resolve<T>(token.key);
  }

  #check(
    token: Token<unknown>,
    path: readonly Token<unknown>[],
    missing: Set<string>,
    checked: Set<symbol>,
  ): void {
    const here = [...path, token];
    const names = here.map((each) => each.name);
    if (path.includes(token)) throw new DependencyCycleError(names);
    const owner = this.#ownerOf(token);
    if (owner === undefined) {
      missing.add(names.join(' > '));
      return;
    }
    if (checked.has(token.key)) return;
    for (const need of Object.values(owner.#needs.get(token.key) ?? {}))
      owner.#check(need, here, missing, checked);
    checked.add(token.key);
  }
}
