/** What applications write, and what the types must not let them write. */
import { AuthError, createAuthClient, type AuthClient, type AuthErrorCode, type AuthState, type EndReason } from 'symbolon';

const auth: AuthClient<{ role: string }> = createAuthClient();

export async function use(): Promise<string> {
  await auth.ready;
  const { subject, claims } = await auth.signIn({ email: 'ann@example.com', password: 'open sesame' });
  const role: string = claims.role;
  const fetchIt: typeof fetch = auth.fetch;
  const response: Response = await fetchIt('/api/me', { signal: AbortSignal.timeout(1_000) });
  await auth.signOut({ everywhere: true });
  return `${subject} ${role} ${response.status}`;
}

export function show(state: AuthState): string {
  switch (state.status) {
    case 'starting':
      return '';
    case 'signed_in':
      return state.session.subject;
    case 'signed_out':
      return state.reason ?? ('idle' satisfies EndReason);
    case 'failed':
      return state.error.code;
  }
}

export const stop: () => void = auth.on('change', show);

export function explain(error: unknown): AuthErrorCode | undefined {
  return error instanceof AuthError ? error.code : undefined;
}

export type Entries = [
  typeof import('symbolon/react'),
  typeof import('symbolon/vue'),
  typeof import('symbolon/axios'),
  typeof import('symbolon/testing'),
  typeof import('symbolon/doctor'),
];

// @ts-expect-error There is no way to the token.
auth.getToken();
// @ts-expect-error The state is read only.
auth.state = { status: 'starting' };
// @ts-expect-error A page that may not be signed in has no session.
auth.state.session;
// @ts-expect-error There is no such event.
auth.on('token', show);
// @ts-expect-error There is no such code.
explain(undefined) === 'no_such_code';
