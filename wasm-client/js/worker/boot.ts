/** The configuration, as the server writes it. Times are in seconds. */
export interface Boot {
  readonly origin: string;
  readonly apiOrigins: readonly string[];
  readonly authPath: string;
  readonly secretId: string;
  /** Proves once that the server started this vault. */
  secret: string;
  readonly secretLifetime: number;
  readonly now: number;
  readonly mayHaveSession: boolean;
  readonly module: string;
  readonly moduleIntegrity: string;
}

/** The configuration for a vault that the server does not start as its own worker. What it throws is a code. */
export async function readableBoot(): Promise<Boot> {
  const response = await fetch(`${location.origin}/auth/vault.json`, { cache: 'no-store' }).catch(() => {
    throw 'offline';
  });
  // So answers a server that was not told to let page script have what is in it.
  if (response.status === 403) throw 'isolation_required';
  if (!response.ok) throw 'unavailable';
  return response.json().catch(() => {
    throw 'protocol';
  });
}

/** The module that the server has for this configuration. */
export function servedModule({ module, moduleIntegrity }: Boot): Promise<Response> {
  return fetch(module, { integrity: moduleIntegrity });
}
