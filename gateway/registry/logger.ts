/** Where a registry tells the operator about its store. No ticket, key or password is ever in `facts`. */
export interface RegistryLogger {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}
