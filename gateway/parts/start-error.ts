/** A start that cannot succeed as configured; the message says what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
