/** Waits for the browser where the vault has something under way. */
import type { Work } from '../../pkg/symbolon_client.js';

/** What comes of it. What it throws is a code. */
export async function done<T>(work: Work): Promise<T> {
  try {
    let said: unknown = work.step(undefined, false);
    while (said instanceof Promise) {
      const [answer, failed] = await said.then(
        (answer: unknown) => [answer, false] as const,
        (error: unknown) => [error, true] as const,
      );
      said = work.step(answer, failed);
    }
    return said as T;
  } finally {
    work.free();
  }
}
