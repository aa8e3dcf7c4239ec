import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter, Link, Route, Routes } from 'react-router';
import { AuthProvider, SignedIn, SignedOut, useAuth } from 'symbolon/react';
import './style.css';

function App() {
  const { status } = useAuth().state;
  return (
    <>
      <nav>
        <Link to="/">Home</Link> <Link id="other" to="/other">Other</Link>
      </nav>
      <p id="status">{status}</p>
      <SignedOut>
        <SignIn />
      </SignedOut>
      <SignedIn>
        <Routes>
          <Route path="/" element={<Place name="home" />} />
          <Route path="/other" element={<Place name="other" />} />
        </Routes>
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

function Place({ name }) {
  const { auth } = useAuth();
  const [me, setMe] = useState('');
  useEffect(() => {
    const aborter = new AbortController();
    const { signal } = aborter;
    auth.fetch('/api/me', { signal }).then((response) => response.text()).then(setMe, (error) => {
      if (!signal.aborted) throw error;
    });
    return () => aborter.abort();
  }, [auth]);
  return (
    <>
      <p id="place">{name}</p>
      <p id="me">{me}</p>
      <button id="sign-out" onClick={() => auth.signOut()}>Sign out</button>
    </>
  );
}

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <AuthProvider>
      <BrowserRouter>
        <App />
      </BrowserRouter>
    </AuthProvider>
  </StrictMode>,
);
