/**
 * Says why the vault does not start, or why nobody can sign in, in plain words. For developers: not part of an application.
 *
 * ```ts
 * import { doctor } from 'symbolon/doctor';
 *
 * console.table(await doctor());
 * ```
 */
import { COMPLAINTS, type Complaint, type Diagnosis } from './doctor/complaints.ts';
import { whatPoliciesSay } from './doctor/policies.ts';
import { tryToSignIn, whatServerSays } from './doctor/server.ts';
import { type AuthErrorCode, createAuthClient, isAuthError } from './index.ts';

export type { Complaint, Diagnosis };

/** More than this, in milliseconds, and somebody's clock is wrong. */
const SKEW = 60_000;

/**
 * Looks at the page, its own client, its policies and its server. Without a complaint there is nothing in the list. The client
 * is the page's own, or is made if there is none; nothing happens to its session.
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
  if (failure && failure !== 'forbidden') return [await reason(failure)];
  const { problem, clockOffset } = await tryToSignIn();
  const skew = auth.getSession() ? auth.now() - Date.now() : clockOffset;
  const complaints: Complaint[] = [];
  if (problem === 'cross_origin') complaints.push('wrong_origin');
  else if (failure) complaints.push('refused');
  if (Math.abs(skew) > SKEW) complaints.push('clock');
  return complaints;
}

async function reason(failure: AuthErrorCode): Promise<Complaint> {
  switch (failure) {
    case 'insecure_context':
      return 'plain_http';
    case 'version_mismatch':
      return 'version_mismatch';
    case 'wasm_blocked':
      return 'worker_policy';
    case 'worker_blocked':
      return (await whatPoliciesSay()) ?? (await whatServerSays());
    case 'offline':
    case 'start_timeout':
    case 'timeout':
    case 'unavailable':
      return 'unreachable';
    default:
      return 'refused';
  }
}
