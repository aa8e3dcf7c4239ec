'use client';
import { useEffect, useState } from 'react';
import { useAuth } from 'symbolon/react';

export default function Me() {
  const { auth } = useAuth();
  const [me, setMe] = useState('');
  useEffect(() => {
    auth
      .fetch('/api/me')
      .then((response) => response.text())
      .then(setMe);
  }, [auth]);
  return (
    <>
      <p id="me">{me}</p>
      <button id="sign-out" onClick={() => auth.signOut()}>
        Sign out
      </button>
    </>
  );
}
