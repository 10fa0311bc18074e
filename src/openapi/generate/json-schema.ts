/** A JSON schema, draft 2020-12. */

export interface JsonSchema {
  [keyword: string]: unknown;
}
