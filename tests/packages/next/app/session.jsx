'use client';
import { useEffect, useState } from 'react';
import { SignedIn, SignedOut, useAuth } from 'symbolon/react';

export function Session() {
  const { status } = useAuth().state;
  return (
    <>
      <p id="status">{status}</p>
      <SignedOut>
        <SignIn />
      </SignedOut>
      <SignedIn>
        <Me />
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

function Me() {
  const { auth } = useAuth();
  const [me, setMe] = useState('');
  useEffect(() => {
    auth.fetch('/api/me').then((response) => response.text()).then(setMe);
  }, [auth]);
  return (
    <>
      <p id="me">{me}</p>
      <button id="sign-out" onClick={() => auth.signOut()}>Sign out</button>
    </>
  );
}
