/**
 * Symbolon for Vue.
 *
 * ```ts
 * createApp(App).use(symbolon).mount('#app');
 * ```
 */
import { computed, type ComputedRef, inject, type InjectionKey, onScopeDispose, type ObjectPlugin, type ShallowRef, shallowRef } from 'vue';
import { type AuthClient, type AuthState, createAuthClient, type Session } from './index.ts';

const CLIENT: InjectionKey<AuthClient> = Symbol('symbolon');

export interface SymbolonOptions {
  /** The client to use; without it, the page's own. */
  readonly client?: AuthClient | undefined;
}

/** Gives a client to all components of an application. */
export const symbolon: ObjectPlugin<[options?: SymbolonOptions]> = {
  install(app, { client = createAuthClient() } = {}) {
    app.provide(CLIENT, client);
  },
};

/**
 * The client, and what it knows now. `Claims` are those of the schema that the client was made with. Throws where the
 * plugin is not in use.
 *
 * ```ts
 * const { auth, state } = useAuth();
 * watch(state, ({ status }) => status === 'signed_out' && router.push('/welcome'));
 * ```
 */
export function useAuth<Claims = unknown>(): { readonly auth: AuthClient<Claims>; readonly state: Readonly<ShallowRef<AuthState<Claims>>> } {
  const auth = inject(CLIENT, undefined) as AuthClient<Claims> | undefined;
  if (!auth) throw new Error('useAuth() was called in an application without the plugin of symbolon/vue');
  const state = shallowRef(auth.state);
  onScopeDispose(auth.subscribe(() => (state.value = auth.state)));
  return { auth, state };
}

/** The session, if somebody is signed in. */
export function useSession<Claims = unknown>(): ComputedRef<Session<Claims> | undefined> {
  const { state } = useAuth<Claims>();
  return computed(() => (state.value.status === 'signed_in' ? state.value.session : undefined));
}
