import { useEffect, useState } from 'react';
import { useAuth } from 'symbolon/react';

export default function Place({ name }) {
  const { auth } = useAuth();
  const [me, setMe] = useState('');
  useEffect(() => {
    const aborter = new AbortController();
    const { signal } = aborter;
    auth
      .fetch('/api/me', { signal })
      .then((response) => response.text())
      .then(setMe, (error) => {
        if (!signal.aborted) throw error;
      });
    return () => aborter.abort();
  }, [auth]);
  return (
    <>
      <p id="place">{name}</p>
      <p id="me">{me}</p>
      <button id="sign-out" onClick={() => auth.signOut()}>
        Sign out
      </button>
    </>
  );
}
