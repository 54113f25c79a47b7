import type { SessionRecord } from './session.types.js';

/** What zod, valibot, arktype and others implement: https://standardschema.dev, version 1. */
export interface StandardSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>;
  };
}

/** What a Standard Schema says of a value (standardschema.dev): without `issues` it fits. */
export interface SchemaResult {
  readonly issues?: readonly SchemaIssue[] | undefined;
}

/** What a Standard Schema finds wrong (standardschema.dev). */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * Why the application's keys do not fit the schema, or undefined when they do. Names the keys, never a
 * value: messages of a schema may quote what they found.
 */
export async function schemaProblem(
  schema: StandardSchema,
  record: SessionRecord,
): Promise<string | undefined> {
  const { cookie: _, $meta: __, ...attributes } = record;
  const { issues } = await schema['~standard'].validate(attributes);
  if (!issues || issues.length === 0) return undefined;
  const paths = new Set(issues.map(({ path }) => (path ?? []).map(nameOf).join('.') || 'its root'));
  return `does not fit \`session.schema\` at ${[...paths].slice(0, 5).join(', ')}`;
}

function nameOf(segment: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof segment === 'object' ? segment.key : segment);
}
