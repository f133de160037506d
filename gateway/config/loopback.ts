const loopback = /^(127\.|localhost$|::1$)/;

/** Whether an address to listen on can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return loopback.test(host);
}
