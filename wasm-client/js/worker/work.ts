/** Waits for the browser where the vault has something under way. */
import type { Work } from '../../pkg/symbolon_client.js';

/** Thrown when the module itself has come to grief: what it held, a turn perhaps, it will never let go. */
export const MODULE_CRASHED = Symbol();

/** What comes of it. What it throws is a code, or {@link MODULE_CRASHED}. */
export async function done<T>(work: Work): Promise<T> {
  try {
    let said: unknown = work.step(undefined, false);
    while (isPromise(said)) {
      const [answer, failed] = await said.then(
        (answer) => [answer, false] as const,
        (error: unknown) => [error, true] as const,
      );
      said = work.step(answer, failed);
    }
    work.free();
    return said as T;
  } catch (thrown) {
    if (typeof thrown !== 'string') throw MODULE_CRASHED;
    work.free();
    throw thrown;
  }
}

/** Pages may have put another class in the place of `Promise`, and the browser's promises are none of it. */
function isPromise(said: unknown): said is Promise<unknown> {
  return typeof (said as Promise<unknown> | undefined)?.then === 'function';
}
