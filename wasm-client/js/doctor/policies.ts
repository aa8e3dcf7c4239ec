/** The page's own policies, as far as the browser shows them: it does when something goes against them. */
import type { Complaint } from './complaints.ts';

const SCRIPT = '/auth/vault.js';

/** How long the browser may take to start a worker, and to tell of what went against a policy, in milliseconds. */
const PATIENCE = 1_000;

/** What a policy says against starting the worker, if one does: it is started once more, now that somebody listens. */
export async function whatPoliciesSay(): Promise<Complaint | undefined> {
  const violations = await violationsOf(() => {
    const worker = new Worker(location.origin + SCRIPT);
    setTimeout(() => worker.terminate(), PATIENCE);
  });
  return violations.map(judge).find((complaint) => complaint);
}

/** Does it, and gathers what goes against a policy meanwhile. */
export async function violationsOf(act: () => void): Promise<SecurityPolicyViolationEvent[]> {
  const violations: SecurityPolicyViolationEvent[] = [];
  const listening = new AbortController();
  document.addEventListener('securitypolicyviolation', (event) => violations.push(event), listening);
  try {
    act();
  } catch {
    // What is forbidden may throw, and is told of all the same.
  }
  await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  listening.abort();
  return violations.filter(({ disposition }) => disposition === 'enforce');
}

function judge({ originalPolicy, effectiveDirective, blockedURI }: SecurityPolicyViolationEvent): Complaint | undefined {
  const isOfTypes = effectiveDirective === 'require-trusted-types-for';
  if (!isOfTypes && !blockedURI.endsWith(SCRIPT)) return undefined;
  const directives = directivesOf(originalPolicy);
  const types = directives.get('trusted-types');
  if (isOfTypes && types && !types.includes('symbolon') && !types.includes('*')) return 'trusted_types';

  const sources = ['worker-src', 'child-src', 'script-src', 'default-src'].map((name) => directives.get(name)).find((found) => found);
  if (sources?.some(isElsewhere)) return 'wrong_origin';
  // This start has no name that Trusted Types know, and went no further; the client's has, so it depends on the rest.
  const isAllowed = !sources || sources.some((source) => ["'self'", location.origin, location.origin + SCRIPT].includes(source));
  return isOfTypes && isAllowed ? undefined : 'page_policy';
}

/** Whether it is the worker of another origin: the server writes its own, as it was told, into its pages' policy. */
function isElsewhere(source: string): boolean {
  return source.endsWith(SCRIPT) && source !== location.origin + SCRIPT;
}

function directivesOf(policy: string): Map<string, string[]> {
  const directives = new Map<string, string[]>();
  for (const directive of policy.split(';')) {
    const [name = '', ...sources] = directive.trim().split(/\s+/);
    directives.set(name, sources);
  }
  return directives;
}
