/** The buttons of "Be the attacker": each runs what an injected script would try first, and returns what it got, in words. */

export const attacks: Record<string, () => Promise<string>> = {
  async storage() {
    const databases = (await indexedDB.databases?.()) ?? [];
    const places = [document.cookie, window.name, ...Object.keys(localStorage), ...Object.keys(sessionStorage), ...databases.map(({ name }) => name ?? '')];
    const caught = places.filter((place) => place !== '');
    return caught.length === 0 ? 'Nothing: cookies, storages and databases are empty.' : `Found: ${caught.join(', ')}.`;
  },
  refresh: () => attempt('/auth/refresh', { method: 'POST' }),
  bootstrap: () => attempt('/auth/vault.js'),
  async 'service-worker'() {
    try {
      const { trustedTypes } = globalThis as { trustedTypes?: { createPolicy(name: string, rules: object): never } };
      const url = trustedTypes
        ? (trustedTypes.createPolicy('evil', { createScriptURL: (url: string) => url }) as never)
        : '/main.js';
      await navigator.serviceWorker.register(url);
      return 'It is registered.';
    } catch (error) {
      return `The browser refused it: ${(error as Error).name}.`;
    }
  },
};

async function attempt(url: string, init?: RequestInit): Promise<string> {
  try {
    const response = await fetch(url, { ...init, credentials: 'include' });
    return `The server answered ${response.status}.`;
  } catch {
    return 'The browser did not send it: the Content Security Policy forbids all requests of this page.';
  }
}
