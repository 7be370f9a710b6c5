interface NameFields {
  readonly name?: string | null | undefined;
  readonly display_name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly display_description?: string | null | undefined;
}

/** Name and description of a new object; the `display_` forms are older names of the same. */
export function displayNames(fields: NameFields) {
  return {
    displayName: fields.name ?? fields.display_name ?? null,
    displayDescription: fields.description ?? fields.display_description ?? null,
  };
}

/** The same for a change: what is absent stays as it is, null clears. */
export function displayChange(fields: NameFields) {
  const { name = fields.display_name, description = fields.display_description } = fields;
  return {
    ...(name !== undefined && { displayName: name }),
    ...(description !== undefined && { displayDescription: description }),
  };
}
