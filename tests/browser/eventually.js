import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until something holds, and fails if it does not within so many milliseconds.
 *
 * @param {() => unknown} holds
 * @param {string} what What is waited for, as a sentence.
 */
export async function eventually(holds, what, milliseconds = 10_000) {
  for (const end = Date.now() + milliseconds; !(await holds()); await sleep(20)) {
    assert.ok(Date.now() < end, `not within ${milliseconds} ms: ${what}`);
  }
}
