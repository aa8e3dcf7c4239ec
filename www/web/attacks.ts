/** What injected script would try first, run for real. Each says in words what it got. */

export const attacks: Record<string, () => Promise<string>> = {
  async storage() {
    const places = [document.cookie, ...Object.values(localStorage), ...Object.values(sessionStorage), window.name];
    const databases = (await indexedDB.databases?.()) ?? [];
    const caught = places.filter((place) => place !== '').length + databases.length;
    return caught === 0 ? 'Cookies, storages, databases: all empty.' : `Found ${caught} things.`;
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
      return 'Registered.';
    } catch (error) {
      return `Refused: ${(error as Error).name}.`;
    }
  },
};

async function attempt(url: string, init?: RequestInit): Promise<string> {
  try {
    const response = await fetch(url, { ...init, credentials: 'include' });
    return `The server answered ${response.status}.`;
  } catch {
    return 'The browser did not send it: the page may connect to nothing.';
  }
}
