/** What the examples in the documentation take for granted: names that a reader's application would have. */
import type { AuthClient, ClaimsSchema } from 'symbolon';
import type { ComponentType, ReactNode } from 'react';
import type * as symbolonPackage from 'symbolon';
import type * as testing from 'symbolon/testing';

declare global {
  interface Claims {
    role: 'reader' | 'editor';
  }

  const auth: AuthClient<Claims>;
  const createAuthClient: typeof symbolonPackage.createAuthClient;
  const createTestClient: typeof testing.createTestClient;
  const isAuthError: typeof symbolonPackage.isAuthError;

  const email: string;
  const password: string;
  function show(text: string): void;
  function render(page: ReactNode): void;
  function defineConfig(config: object): object;
  const router: { push(path: string): void };

  // biome-ignore lint/suspicious/noExplicitAny: an application for React, or for Vue.
  const App: any;
  const Notebook: ComponentType;
  const SignInForm: ComponentType;
  const Spinner: ComponentType;
  const Welcome: ComponentType;

  /** A schema library. */
  const z: {
    enum<const Value extends string>(values: readonly Value[]): ClaimsSchema<Value>;
    object<Shape extends Record<string, ClaimsSchema<unknown>>>(
      shape: Shape,
    ): ClaimsSchema<{ [Name in keyof Shape]: Shape[Name] extends ClaimsSchema<infer Value> ? Value : never }>;
  };
}
