/** The page's Trusted Types policy: it allows the URL of the vault's script, and no other. */

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

let policy: ReturnType<TrustedTypes['createPolicy']> | undefined;

/** Returns the URL in the form that a page with Trusted Types accepts. */
export function trustedScriptUrl(script: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy('symbolon', {
    createScriptURL(url) {
      if (url !== script) throw new TypeError(url);
      return url;
    },
  });
  return policy?.createScriptURL(script) ?? script;
}
