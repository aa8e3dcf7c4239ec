/** The vault's configuration, as the server writes it. Times are in seconds. */
export interface Boot {
  readonly origin: string;
  readonly apiOrigins: readonly string[];
  readonly authPath: string;
  readonly secretId: string;
  /** Proves that the server started this vault. It works once. */
  secret: string;
  readonly secretLifetime: number;
  readonly now: number;
  readonly mayHaveSession: boolean;
  readonly module: string;
  readonly moduleIntegrity: string;
}

/** Fetches the configuration for a vault that is not the server's own worker. Throws a code. */
export async function fetchBoot(): Promise<Boot> {
  const response = await fetch(`${location.origin}/auth/vault.json`, { cache: 'no-store' }).catch(() => {
    throw 'offline';
  });
  // The server answers 403 unless its configuration lets page script read what is in this file.
  if (response.status === 403) throw 'isolation_required';
  if (!response.ok) throw 'unavailable';
  return response.json().catch(() => {
    throw 'protocol';
  });
}

/** Fetches the server's module for this configuration. */
export function servedModule({ module, moduleIntegrity }: Boot): Promise<Response> {
  return fetch(module, { integrity: moduleIntegrity });
}
