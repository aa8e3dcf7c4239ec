/** Runs the vault's asynchronous work: waits for each promise that it returns, and hands the result back. */
import type { Work } from '../../pkg/symbolon_client.js';

/** Thrown when the module itself has crashed. It never releases what it held, the refresh lock for example. */
export const MODULE_CRASHED = Symbol();

/** Runs the work to its end and returns its result. Throws a code, or {@link MODULE_CRASHED}. */
export async function run<T>(work: Work): Promise<T> {
  try {
    let result: unknown = work.step(undefined, false);
    while (isPromise(result)) {
      const [answer, failed] = await result.then(
        (answer) => [answer, false] as const,
        (error: unknown) => [error, true] as const,
      );
      result = work.step(answer, failed);
    }
    work.free();
    return result as T;
  } catch (thrown) {
    if (typeof thrown !== 'string') throw MODULE_CRASHED;
    work.free();
    throw thrown;
  }
}

/** Recognizes promises by `then`: a page may have replaced the class `Promise`. */
function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as Promise<unknown> | undefined)?.then === 'function';
}
