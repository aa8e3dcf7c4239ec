/** What the application says of a person in every token, checked by a schema of the page's own. */
import { AuthError } from './error.ts';

/** The part of [Standard Schema](https://standardschema.dev) that is needed here: Zod, Valibot, ArkType and others have it. */
export interface ClaimsSchema<Claims> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Claims> | Promise<SchemaResult<Claims>>;
    readonly types?: { readonly input: unknown; readonly output: Claims } | undefined;
  };
}

type SchemaResult<Claims> =
  | { readonly value: Claims; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** Gives the claims as the schema does, or as they are without one; or throws `bad_claims`, also of a schema that answers later. */
export function checker<Claims>(schema: ClaimsSchema<Claims> | undefined): (claims: unknown) => Claims {
  return (claims) => {
    if (!schema) return claims as Claims;
    let said: unknown;
    try {
      const result = schema['~standard'].validate(claims);
      if ('value' in result && !result.issues) return result.value;
      said = result;
    } catch (error) {
      said = error;
    }
    throw new AuthError('bad_claims', undefined, said);
  };
}
