/** Says in plain words why the vault does not start, or why nobody can sign in. For developers, not for what you ship. */
import { COMPLAINTS, type Complaint, type Diagnosis } from './doctor/complaints.ts';
import { findPolicyProblem } from './doctor/policies.ts';
import { probeSignIn, probeServer } from './doctor/server.ts';
import { type AuthErrorCode, createAuthClient, isAuthError } from './index.ts';

export type { Complaint, Diagnosis };

/** The clocks of browser and server may differ by this much, in milliseconds. */
const MAX_CLOCK_SKEW = 60_000;

/**
 * Examines page, client, policies and server, and resolves with a list of what is wrong and what to do. The list is
 * empty if all is well. Uses the page's own client, or makes one, and does not touch its session.
 *
 * @example
 * ```ts
 * import { doctor } from 'symbolon/doctor';
 *
 * console.table(await doctor());
 * ```
 */
export async function doctor(): Promise<readonly Diagnosis[]> {
  const complaints = isSecureContext ? await examine() : (['plain_http'] as const);
  return complaints.map((complaint) => ({ complaint, ...COMPLAINTS[complaint] }));
}

async function examine(): Promise<readonly Complaint[]> {
  const auth = createAuthClient();
  const failure = await auth.ready.then(
    () => undefined,
    (error: unknown) => (isAuthError(error) ? error.code : 'protocol'),
  );
  if (failure && failure !== 'forbidden') return [await complaintFor(failure)];
  const { problem, clockOffset } = await probeSignIn();
  const skew = auth.getSession() ? auth.now() - Date.now() : clockOffset;
  const complaints: Complaint[] = [];
  if (problem === 'cross_origin') complaints.push('wrong_origin');
  else if (failure) complaints.push('refused');
  if (Math.abs(skew) > MAX_CLOCK_SKEW) complaints.push('clock');
  return complaints;
}

/** Returns the complaint for a client that did not start. */
async function complaintFor(failure: AuthErrorCode): Promise<Complaint> {
  switch (failure) {
    case 'insecure_context':
      return 'plain_http';
    case 'version_mismatch':
      return 'version_mismatch';
    case 'wasm_blocked':
      return 'worker_policy';
    case 'worker_blocked':
      return (await findPolicyProblem()) ?? (await probeServer());
    case 'offline':
    case 'start_timeout':
    case 'timeout':
    case 'unavailable':
      return 'unreachable';
    default:
      return 'refused';
  }
}
