export { Container, type Factory, type Needs } from './container.ts';
export { DependencyCycleError, DuplicateRegistrationError, MissingDependenciesError } from './errors.ts';
export { type Provided, type Token, token } from './token.ts';
