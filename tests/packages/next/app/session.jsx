'use client';
import { lazy, Suspense } from 'react';
import { SignedIn, SignedOut, useAuth } from 'symbolon/react';
import './trusted-types.js';

/** What only one who is signed in needs is loaded when somebody is. */
const Me = lazy(() => import('./me.jsx'));

export function Session() {
  const { status } = useAuth().state;
  return (
    <>
      <p id="status">{status}</p>
      <SignedOut>
        <SignIn />
      </SignedOut>
      <SignedIn>
        <Suspense>
          <Me />
        </Suspense>
      </SignedIn>
    </>
  );
}

function SignIn() {
  const { auth } = useAuth();
  const submit = (event) => {
    event.preventDefault();
    auth.signIn(Object.fromEntries(new FormData(event.target)));
  };
  return (
    <form id="sign-in" onSubmit={submit}>
      <input name="name" autoComplete="username" />
      <input name="password" type="password" autoComplete="current-password" />
      <button>Sign in</button>
    </form>
  );
}
