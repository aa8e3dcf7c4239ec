/** Examines the page's own policies. Browsers show a policy only in the event about a violation of it. */
import type { Complaint } from './complaints.ts';

const SCRIPT = '/auth/vault.js';

/** The time for the browser to start a worker and to report violations, in milliseconds. */
const REPORT_DEADLINE = 1_000;

/** Starts the worker once more and listens for violations. Returns the complaint if a policy forbids the worker. */
export async function findPolicyProblem(): Promise<Complaint | undefined> {
  const violations = await violationsOf(() => {
    const worker = new Worker(location.origin + SCRIPT);
    setTimeout(() => worker.terminate(), REPORT_DEADLINE);
  });
  return violations.map(diagnoseViolation).find((complaint) => complaint);
}

/** Calls `act`, and returns the violations of enforced policies that the browser reports meanwhile. */
export async function violationsOf(act: () => void): Promise<SecurityPolicyViolationEvent[]> {
  const violations: SecurityPolicyViolationEvent[] = [];
  const listening = new AbortController();
  document.addEventListener('securitypolicyviolation', (event) => violations.push(event), listening);
  try {
    act();
  } catch {
    // The browser may throw for what a policy forbids, and it reports the violation in any case.
  }
  await new Promise((resolve) => setTimeout(resolve, REPORT_DEADLINE));
  listening.abort();
  return violations.filter(({ disposition }) => disposition === 'enforce');
}

/** Returns the complaint that a violation proves, if it is about the vault. */
function diagnoseViolation({ originalPolicy, effectiveDirective, blockedURI }: SecurityPolicyViolationEvent): Complaint | undefined {
  const isTrustedTypes = effectiveDirective === 'require-trusted-types-for';
  if (!isTrustedTypes && !blockedURI.endsWith(SCRIPT)) return undefined;
  const directives = directivesOf(originalPolicy);
  const types = directives.get('trusted-types');
  if (isTrustedTypes && types && !types.includes('symbolon') && !types.includes('*')) return 'trusted_types';

  const sources = ['worker-src', 'child-src', 'script-src', 'default-src'].map((name) => directives.get(name)).find((found) => found);
  if (sources?.some(isOtherOrigin)) return 'wrong_origin';
  // This start has no Trusted Types policy and went no further. The client's start has one, so the other directives decide.
  const isAllowed = !sources || sources.some((source) => ["'self'", location.origin, location.origin + SCRIPT].includes(source));
  return isTrustedTypes && isAllowed ? undefined : 'page_policy';
}

/** Returns whether this is the vault at another origin: the server writes its configured origin into the policy. */
function isOtherOrigin(source: string): boolean {
  return source.endsWith(SCRIPT) && source !== location.origin + SCRIPT;
}

/** Parses a serialized policy (CSP3 section 2.2.1). */
function directivesOf(policy: string): Map<string, string[]> {
  const directives = new Map<string, string[]>();
  for (const directive of policy.split(';')) {
    const [name = '', ...sources] = directive.trim().split(/\s+/);
    directives.set(name, sources);
  }
  return directives;
}
