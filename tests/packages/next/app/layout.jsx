import Link from 'next/link';
import { AuthProvider } from 'symbolon/react';
import { Session } from './session.jsx';

export const metadata = { title: 'next' };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <Link id="other" href="/other" prefetch={false}>
          Other
        </Link>
        <AuthProvider>
          <Session />
        </AuthProvider>
        {children}
      </body>
    </html>
  );
}
