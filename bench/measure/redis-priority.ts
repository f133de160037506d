import os from 'node:os';

const raised = -10;

/**
 * Lets a redis-server go before the other processes of the machine, where the system allows it: to root. Gives the nice value
 * that it has then, -20 (first) to 19.
 */
export function raisePriority(pid: number): number {
  try {
    os.setPriority(pid, raised);
  } catch (error) {
    const isRefused = error instanceof Error && /\b(EACCES|EPERM)\b/.test(error.message);
    if (!isRefused) throw error;
  }
  return os.getPriority(pid);
}
