'use client';

/**
 * Symbolon for React 18 and later. On a server, and until the page is hydrated, the state is `starting`.
 *
 * @example
 * ```tsx
 * import { AuthProvider, SignedIn } from 'symbolon/react';
 *
 * const app = (
 *   <AuthProvider>
 *     <SignedIn fallback={<Welcome />}>
 *       <Notebook />
 *     </SignedIn>
 *   </AuthProvider>
 * );
 * ```
 */
import { createContext, createElement, type ReactNode, useContext, useMemo, useSyncExternalStore } from 'react';
import { type AuthClient, type AuthState, createAuthClient, type Session } from './index.ts';

const Client = createContext<AuthClient | undefined>(undefined);

/** The props of {@link AuthProvider}. */
export interface AuthProviderProps {
  /**
   * The client to use instead of the page's own. The provider never disposes of it.
   *
   * @example
   * ```tsx
   * import { AuthProvider } from 'symbolon/react';
   * import { createTestClient } from 'symbolon/testing';
   *
   * const app = <AuthProvider client={createTestClient()}><App /></AuthProvider>;
   * ```
   */
  readonly client?: AuthClient | undefined;
  /** The components that get the client. */
  readonly children?: ReactNode;
}

/**
 * Gives a client to all components inside.
 *
 * @example
 * ```tsx
 * import { AuthProvider } from 'symbolon/react';
 *
 * const page = <AuthProvider><App /></AuthProvider>;
 * ```
 */
export function AuthProvider({ client, children }: AuthProviderProps): ReactNode {
  const value = useMemo(() => client ?? createAuthClient(), [client]);
  return createElement(Client.Provider, { value }, children);
}

/**
 * Returns the client and its state. The component renders again at every change. `Claims` is the type of the client's
 * claims. Throws outside an {@link AuthProvider}.
 *
 * @example
 * ```tsx
 * import { useAuth } from 'symbolon/react';
 *
 * function SignOut() {
 *   const { auth, state } = useAuth();
 *   if (state.status === 'failed') return <p>{state.error.code}</p>;
 *   return <button onClick={() => auth.signOut()}>Sign out</button>;
 * }
 * ```
 */
export function useAuth<Claims = unknown>(): { readonly auth: AuthClient<Claims>; readonly state: AuthState<Claims> } {
  const auth = useContext(Client) as AuthClient<Claims> | undefined;
  if (!auth) throw new Error('useAuth() was called outside <AuthProvider>. Put <AuthProvider> around the component.');
  const state = useSyncExternalStore<AuthState<Claims>>(auth.subscribe, auth.getSnapshot, starting);
  return { auth, state };
}

/**
 * Returns the session, or `undefined` unless somebody is signed in. The component renders again at every change. Throws
 * outside an {@link AuthProvider}.
 *
 * @example
 * ```tsx
 * import { useSession } from 'symbolon/react';
 *
 * function Greeting() {
 *   const session = useSession<{ role: string }>();
 *   return <p>Hello, {session?.subject} ({session?.claims.role})</p>;
 * }
 * ```
 */
export function useSession<Claims = unknown>(): Session<Claims> | undefined {
  const { state } = useAuth<Claims>();
  return state.status === 'signed_in' ? state.session : undefined;
}

/** The props of {@link SignedIn} and {@link SignedOut}. */
export interface GateProps {
  /** The content to show or to hide. */
  readonly children?: ReactNode;
  /**
   * The content to show instead of `children`. The default is nothing.
   *
   * @example
   * ```tsx
   * import { SignedIn } from 'symbolon/react';
   *
   * const page = <SignedIn fallback={<Spinner />}><Notebook /></SignedIn>;
   * ```
   */
  readonly fallback?: ReactNode;
}

/**
 * Shows its content while somebody is signed in. This hides content; the server is what keeps people out.
 *
 * @example
 * ```tsx
 * import { SignedIn } from 'symbolon/react';
 *
 * const page = <SignedIn fallback={<Welcome />}><Notebook /></SignedIn>;
 * ```
 */
export function SignedIn(props: GateProps): ReactNode {
  return useGate('signed_in', props);
}

/**
 * Shows its content once the client knows that nobody is signed in.
 *
 * @example
 * ```tsx
 * import { SignedOut } from 'symbolon/react';
 *
 * const page = <SignedOut><SignInForm /></SignedOut>;
 * ```
 */
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
