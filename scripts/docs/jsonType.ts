import { z } from 'zod';

/** The parts of a JSON Schema node that the reference shows. */
export const nodeSchema = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  secret: z.boolean().optional(),
  default: z.unknown().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  get properties() {
    return z.record(z.string(), nodeSchema).optional();
  },
  get items() {
    return z.union([z.boolean(), nodeSchema]).optional();
  },
  get prefixItems() {
    return z.array(nodeSchema).optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), nodeSchema]).optional();
  },
  get anyOf() {
    return z.array(nodeSchema).optional();
  },
  get oneOf() {
    return z.array(nodeSchema).optional();
  },
});

/** A JSON Schema node. */
export type Node = z.infer<typeof nodeSchema>;

/** The type of a node in words and links. */
export function jsonType(node: Node): string {
  if (node.secret === true) return 'secret (string)';
  if (node.$ref !== undefined) return modelLink(node.$ref);
  if (node.const !== undefined) return literal(node.const);
  if (node.enum !== undefined) return node.enum.map(literal).join(' or ');
  const alternatives = node.anyOf ?? node.oneOf;
  if (alternatives !== undefined) return alternatives.map(jsonType).join(' or ');
  if (Array.isArray(node.type)) return node.type.map((type) => jsonType({ ...node, type })).join(' or ');
  switch (node.type) {
    case 'array':
      return node.prefixItems === undefined
        ? `list of ${typeof node.items === 'object' ? jsonType(node.items) : 'any'}`
        : `[${node.prefixItems.map(jsonType).join(', ')}]`;
    case 'object':
      return typeof node.additionalProperties === 'object' && node.properties === undefined
        ? `map of ${jsonType(node.additionalProperties)}`
        : 'object';
    case 'integer':
    case 'number':
      return number(node);
    case 'string':
      return `string${lengths(node)}`;
    default:
      return node.type ?? 'any';
  }
}

function modelLink(reference: string): string {
  const name = reference.slice('#/$defs/'.length);
  return `[${name}](#${name.toLowerCase()})`;
}

const literal = (value: unknown): string => `\`${JSON.stringify(value)}\``;

function number({ type, minimum, maximum }: Node): string {
  if (type === 'integer' && minimum === 0 && maximum === Number.MAX_SAFE_INTEGER) return 'bytes';
  const least = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? '' : String(minimum);
  const most = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? '' : String(maximum);
  const name = type === 'integer' ? 'integer' : 'number';
  if (least !== '' && most !== '') return `${name}, ${least} to ${most}`;
  if (least !== '') return `${name}, at least ${least}`;
  return most === '' ? name : `${name}, at most ${most}`;
}

function lengths({ format, maxLength, pattern }: Node): string {
  if (pattern === '^\\/.*') return ' (absolute path)';
  if (format !== undefined) return ` (${format})`;
  return maxLength === undefined ? '' : ` (at most ${maxLength})`;
}
