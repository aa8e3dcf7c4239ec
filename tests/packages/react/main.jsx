import { lazy, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter, Link, Route, Routes } from 'react-router';
import { AuthProvider, SignedIn, SignedOut, useAuth } from 'symbolon/react';
import './style.css';

/** What only one who is signed in needs is loaded when somebody is. */
const Place = lazy(() => import('./place.jsx'));

function App() {
  const { status } = useAuth().state;
  return (
    <>
      <nav>
        <Link to="/">Home</Link>{' '}
        <Link id="other" to="/other">
          Other
        </Link>
      </nav>
      <p id="status">{status}</p>
      <SignedOut>
        <SignIn />
      </SignedOut>
      <SignedIn>
        <Suspense>
          <Routes>
            <Route path="/" element={<Place name="home" />} />
            <Route path="/other" element={<Place name="other" />} />
          </Routes>
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

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <AuthProvider>
      <BrowserRouter>
        <App />
      </BrowserRouter>
    </AuthProvider>
  </StrictMode>,
);
