declare const provides: unique symbol;

/** Names a dependency and carries its type. Two tokens of one name are two tokens. */
export interface Token<T> {
  readonly name: string;
  readonly key: symbol;
  /** Never there at run time: only keeps the type. */
  readonly [provides]?: T;
}

/** Makes a token: `const stateToken = token<State>('state')`. */
export function token<T>(name: string): Token<T> {
  return { name, key: Symbol(name) };
}

/** The type that a token stands for. */
export type Provided<Of> = Of extends Token<infer T> ? T : never;
