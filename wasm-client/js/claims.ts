/** Checks the application's claims about a person with the page's own schema. */
import { AuthError } from './error.ts';

/** The part of [Standard Schema](https://standardschema.dev) that the client needs. Zod, Valibot, ArkType and others have it. */
export interface ClaimsSchema<Claims> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Claims> | Promise<SchemaResult<Claims>>;
    readonly types?: { readonly input: unknown; readonly output: Claims } | undefined;
  };
}

type SchemaResult<Claims> = { readonly value: Claims; readonly issues?: undefined } | { readonly issues: readonly { readonly message: string }[] };

/**
 * Returns the function that checks claims. Without a schema, that function returns them unchanged. It throws `bad_claims` if
 * they do not match, or if the schema answers with a promise.
 * @internal
 */
export function claimsChecker<Claims>(schema: ClaimsSchema<Claims> | undefined): (claims: unknown) => Claims {
  return (claims) => {
    if (!schema) return claims as Claims;
    let cause: unknown;
    try {
      const result = schema['~standard'].validate(claims);
      if ('value' in result && !result.issues) return result.value;
      cause = result;
    } catch (error) {
      cause = error;
    }
    throw new AuthError('bad_claims', undefined, cause);
  };
}
