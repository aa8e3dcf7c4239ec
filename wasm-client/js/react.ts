'use client';

/**
 * Symbolon for React.
 *
 * ```tsx
 * <AuthProvider>
 *   <SignedIn fallback={<Welcome />}>
 *     <Notebook />
 *   </SignedIn>
 * </AuthProvider>
 * ```
 *
 * It renders on a server, where nothing is known yet: the state is `starting` there, and when the page is hydrated.
 */
import { createContext, createElement, type ReactNode, useContext, useMemo, useSyncExternalStore } from 'react';
import { type AuthClient, type AuthState, createAuthClient, type Session } from './index.ts';

const Client = createContext<AuthClient | undefined>(undefined);

export interface AuthProviderProps {
  /** The client to use; without it, the page's own. It is not disposed of with the provider. */
  readonly client?: AuthClient | undefined;
  readonly children?: ReactNode;
}

/** Gives a client to all that is inside. */
export function AuthProvider({ client, children }: AuthProviderProps): ReactNode {
  const value = useMemo(() => client ?? createAuthClient(), [client]);
  return createElement(Client.Provider, { value }, children);
}

/**
 * The client, and what it knows now: the component is rendered again when that changes. `Claims` are those of the schema
 * that the client was made with. Throws outside an {@link AuthProvider}.
 *
 * ```tsx
 * const { auth, state } = useAuth();
 * if (state.status === 'failed') return <p>{state.error.code}</p>;
 * return <button onClick={() => auth.signOut()}>Sign out</button>;
 * ```
 */
export function useAuth<Claims = unknown>(): { readonly auth: AuthClient<Claims>; readonly state: AuthState<Claims> } {
  const auth = useContext(Client) as AuthClient<Claims> | undefined;
  if (!auth) throw new Error('useAuth() was called outside <AuthProvider>');
  const state = useSyncExternalStore<AuthState<Claims>>(auth.subscribe, auth.getSnapshot, starting);
  return { auth, state };
}

/** The session, if somebody is signed in; the component is rendered again when that changes. */
export function useSession<Claims = unknown>(): Session<Claims> | undefined {
  const { state } = useAuth<Claims>();
  return state.status === 'signed_in' ? state.session : undefined;
}

export interface GateProps {
  readonly children?: ReactNode;
  /** What is shown instead. */
  readonly fallback?: ReactNode;
}

/** Shows what is inside to who is signed in. It hides; what keeps people out is the server. */
export function SignedIn(props: GateProps): ReactNode {
  return useGate('signed_in', props);
}

/** Shows what is inside when it is known that nobody is signed in. */
export function SignedOut(props: GateProps): ReactNode {
  return useGate('signed_out', props);
}

function useGate(status: AuthState['status'], { children, fallback }: GateProps): ReactNode {
  return useAuth().state.status === status ? children : fallback;
}

const STARTING = { status: 'starting' } as const;

function starting(): typeof STARTING {
  return STARTING;
}
