/** As much of JSON Schema as the OpenAPI document uses: says what of a value does not fit. */
type Schema = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function misfits(document: Schema, schema: unknown, value: unknown, at = '$'): string[] {
  if (!isObject(schema)) return []
  if (typeof schema.$ref === 'string') return misfits(document, resolve(document, schema.$ref), value, at)
  const alternatives = schema.anyOf ?? schema.oneOf
  if (Array.isArray(alternatives)) {
    const fits = alternatives.some((alternative) => misfits(document, alternative, value, at).length === 0)
    return fits ? [] : [`${at}: fits no alternative`]
  }
  if (Array.isArray(schema.enum) && !schema.enum.includes(value))
    return [`${at}: ${JSON.stringify(value)} is not listed`]
  if (typeof schema.type === 'string' && !hasType(schema.type, value)) return [`${at}: is no ${schema.type}`]
  const parts = Array.isArray(schema.allOf) ? schema.allOf.flatMap((part) => misfits(document, part, value, at)) : []
  if (Array.isArray(value))
    return [...parts, ...value.flatMap((item, index) => misfits(document, schema.items, item, `${at}[${index}]`))]
  return isObject(value) ? [...parts, ...objectMisfits(document, schema, value, at)] : parts
}

function objectMisfits(document: Schema, schema: Schema, value: Schema, at: string): string[] {
  const properties = isObject(schema.properties) ? schema.properties : {}
  const required = Array.isArray(schema.required) ? schema.required.map(String) : []
  const missing = required.filter((name) => !(name in value)).map((name) => `${at}.${name}: is missing`)
  const wrong = Object.entries(value).flatMap(([name, inner]) => {
    if (name in properties) return misfits(document, properties[name], inner, `${at}.${name}`)
    return schema.additionalProperties === false ? [`${at}.${name}: is not described`] : []
  })
  return [...missing, ...wrong]
}

function resolve(document: Schema, ref: string): unknown {
  return ref
    .slice(2)
    .split('/')
    .reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), document)
}

function hasType(type: string, value: unknown): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}
