/** Lets the vault's script, and nothing else, through a page's Trusted Types. */

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

let policy: ReturnType<TrustedTypes['createPolicy']> | undefined;

/** The URL as a page that enforces Trusted Types wants it. */
export function trusted(script: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy('symbolon', {
    createScriptURL(url) {
      if (url !== script) throw new TypeError(url);
      return url;
    },
  });
  return policy?.createScriptURL(script) ?? script;
}
