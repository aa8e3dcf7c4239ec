/** Tests the types of the package: what they allow and what they refuse. This file is compiled, never run. */
import {
  AuthError,
  type AuthClient,
  type AuthErrorCode,
  type AuthState,
  type ClaimsSchema,
  createAuthClient,
  type EndReason,
  isAuthError,
  type Session,
} from 'symbolon';
import type { AxiosAdapter } from 'axios';
import { axiosAdapter } from 'symbolon/axios';
import { AuthProvider, SignedIn, type useAuth as useAuthInReact, type useSession as useSessionInReact } from 'symbolon/react';
import { createTestClient, type TestClient } from 'symbolon/testing';
import { symbolon, type useAuth as useAuthInVue, type useSession as useSessionInVue } from 'symbolon/vue';
import { createElement } from 'react';
import type { App, ComputedRef } from 'vue';

/** Fails to compile unless both are the same type; `any` is the same as nothing but itself. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<A, B>(yes: Same<A, B>): void;

interface Claims {
  role: 'reader' | 'editor';
}
declare const schema: ClaimsSchema<Claims>;

// Claims have the type of the schema, or the one that was named, or an unknown one.
const auth = createAuthClient({ claims: schema });
same<typeof auth, AuthClient<Claims>>(true);
same<ReturnType<typeof auth.getSession>, Session<Claims> | undefined>(true);
same<Session<Claims>['claims'], Claims>(true);
same<ReturnType<typeof createAuthClient<Claims>>, AuthClient<Claims>>(true);
const plain = createAuthClient();
same<typeof plain, AuthClient<unknown>>(true);
const known: AuthClient = auth;
// @ts-expect-error the claims of a plain client are unknown
const guessed: AuthClient<Claims> = plain;
// @ts-expect-error a schema for something else
createAuthClient<Claims>({ claims: schema as unknown as ClaimsSchema<number> });
// @ts-expect-error no such option
createAuthClient({ token: 'x' });

// It is `fetch`, and there is no token to get.
same<typeof auth.fetch, typeof fetch>(true);
// @ts-expect-error its absence is the product
auth.getToken();

// Every state has what belongs to it, and nothing else.
function show(state: AuthState<Claims>): string {
  // @ts-expect-error `session` exists only in the state `signed_in`
  void state.session;
  switch (state.status) {
    case 'starting':
      return '';
    case 'signed_in':
      same<typeof state.session.claims.role, 'reader' | 'editor'>(true);
      // @ts-expect-error only the client changes its state
      state.session = { ...state.session };
      return state.session.subject;
    case 'signed_out':
      same<typeof state.reason, EndReason | undefined>(true);
      return state.reason ?? '';
    case 'failed':
      return state.error.code;
  }
}

// Events have their values.
auth.on('change', (state) => same<typeof state, AuthState<Claims>>(true));
auth.on('signed_in', (session) => same<typeof session, Session<Claims>>(true));
auth.on('signed_out', (reason) => same<typeof reason, EndReason>(true));
auth.onAuthStateChange((state) => show(state))();
auth.subscribe((state) => show(state))();
// @ts-expect-error no such event
auth.on('token', () => {});
same<typeof auth.refresh, () => Promise<Session<Claims>>>(true);
same<typeof auth.now, () => number>(true);

// Errors are told apart by their codes.
function explain(error: unknown): string {
  if (isAuthError(error, 'session_expired')) {
    same<typeof error.code, 'session_expired'>(true);
    same<typeof error.reason, EndReason>(true);
    return error.reason;
  }
  if (isAuthError(error, 'offline', 'timeout')) {
    same<typeof error.code, 'offline' | 'timeout'>(true);
    return 'later';
  }
  // @ts-expect-error no such code
  isAuthError(error, 'on_fire');
  if (error instanceof AuthError) {
    same<typeof error.code, AuthErrorCode>(true);
    if (error.code === 'session_expired') same<typeof error.reason, EndReason>(true);
    return error.docs;
  }
  return isAuthError(error) ? error.code : '';
}

// The sub-paths.
same<ReturnType<typeof axiosAdapter>, AxiosAdapter>(true);
axiosAdapter(auth);
createElement(AuthProvider, { client: auth }, createElement(SignedIn, { fallback: 'welcome' }, 'hello'));
// @ts-expect-error no client
createElement(AuthProvider, { client: {} });
same<ReturnType<typeof useSessionInReact<Claims>>, Session<Claims> | undefined>(true);
same<ReturnType<typeof useAuthInReact<Claims>>['state'], AuthState<Claims>>(true);
declare const app: App;
app.use(symbolon).use(symbolon, { client: auth });
same<ReturnType<typeof useSessionInVue<Claims>>, ComputedRef<Session<Claims> | undefined>>(true);
same<ReturnType<typeof useAuthInVue<Claims>>['state']['value'], AuthState<Claims>>(true);
const fake: TestClient<Claims> = createTestClient<Claims>({ session: { subject: 'ann', claims: { role: 'editor' } } });
// @ts-expect-error no such role
fake.signInAs({ subject: 'ann', claims: { role: 'owner' } });

export { explain, guessed, known, show };
