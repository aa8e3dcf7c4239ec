/** Symbolon for Vue 3.3 and later. */
import { computed, type ComputedRef, inject, type InjectionKey, onScopeDispose, type ObjectPlugin, type ShallowRef, shallowRef } from 'vue';
import { type AuthClient, type AuthState, createAuthClient, type Session } from './index.ts';

const CLIENT: InjectionKey<AuthClient> = Symbol('symbolon');

/** The options of the plugin {@link symbolon}. */
export interface SymbolonOptions {
  /**
   * The client to use instead of the page's own. The plugin never disposes of it.
   *
   * @example
   * ```ts
   * import { createTestClient } from 'symbolon/testing';
   * import { symbolon } from 'symbolon/vue';
   * import { createApp } from 'vue';
   *
   * createApp(App).use(symbolon, { client: createTestClient() });
   * ```
   */
  readonly client?: AuthClient | undefined;
}

/**
 * The Vue plugin. It gives a client to all components of an application.
 *
 * @example
 * ```ts
 * import { symbolon } from 'symbolon/vue';
 * import { createApp } from 'vue';
 *
 * createApp(App).use(symbolon).mount('#app');
 * ```
 */
export const symbolon: ObjectPlugin<[options?: SymbolonOptions]> = {
  install(app, { client = createAuthClient() } = {}) {
    app.provide(CLIENT, client);
  },
};

/**
 * Returns the client, and its state as a ref. `Claims` is the type of the client's claims. Throws if the application does
 * not use the plugin.
 *
 * @example
 * ```ts
 * import { useAuth } from 'symbolon/vue';
 * import { watch } from 'vue';
 *
 * const { state } = useAuth();
 * watch(state, ({ status }) => status === 'signed_out' && router.push('/welcome'));
 * ```
 */
export function useAuth<Claims = unknown>(): { readonly auth: AuthClient<Claims>; readonly state: Readonly<ShallowRef<AuthState<Claims>>> } {
  const auth = inject(CLIENT, undefined) as AuthClient<Claims> | undefined;
  if (!auth) throw new Error('useAuth() was called in an application without the plugin of symbolon/vue. Call app.use(symbolon).');
  const state = shallowRef(auth.state);
  onScopeDispose(auth.subscribe(() => (state.value = auth.state)));
  return { auth, state };
}

/**
 * Returns a ref of the session, which is `undefined` unless somebody is signed in. Throws if the application does not use
 * the plugin.
 *
 * @example
 * ```ts
 * import { useSession } from 'symbolon/vue';
 *
 * const session = useSession<{ role: string }>();
 * console.log(session.value?.claims.role);
 * ```
 */
export function useSession<Claims = unknown>(): ComputedRef<Session<Claims> | undefined> {
  const { state } = useAuth<Claims>();
  return computed(() => (state.value.status === 'signed_in' ? state.value.session : undefined));
}
