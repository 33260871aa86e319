/**
 * Lists over HTTP: `limit`, `offset`, `sort`, `q` and one query parameter per listed field. What a list can be asked is
 * written once, as the fields it has; its query schema and its answer follow from that.
 */
import { Schema } from 'effect'

type Scalar = string | number | boolean | null

/** What is listed of a `View`: a name for the query string, and where its value is. */
export type Fields<View> = Readonly<Record<string, (view: View) => Scalar>>

const paging = {
  limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 }))),
  offset: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
  sort: Schema.optionalKey(Schema.String),
  q: Schema.optionalKey(Schema.String),
}

const defaultLimit = 100

export type ListQuery = Readonly<Record<string, string | number | undefined>>

/** All values that a field can have, of fields that have only some. */
export type Values = Readonly<Record<string, readonly string[]>>

export class Listing<View> {
  readonly fields: Fields<View>
  readonly #values: Values

  constructor(fields: Fields<View>, values: Values = {}) {
    this.fields = fields
    this.#values = values
  }

  /**
   * The query parameters as schema fields: a filter compares with the field's text, `null` for what is unknown. A value that
   * the field cannot have is refused: an empty list would look like an answer.
   */
  query() {
    const names = Object.keys(this.fields)
    const sorts = names.flatMap((name) => [name, `-${name}`])
    return {
      ...Object.fromEntries(names.map((name) => [name, Schema.optionalKey(this.#filter(name))])),
      ...paging,
      sort: Schema.optionalKey(Schema.Literals(sorts)),
    }
  }

  #filter(name: string) {
    const values = this.#values[name]
    return values === undefined ? Schema.String : Schema.Literals(values)
  }

  /** The page that was asked for. */
  page(views: readonly View[], query: ListQuery): { items: View[]; total: number } {
    return this.slice(this.sort(this.select(views, query), query.sort), query)
  }

  /** What the filters let through. `q` is looked for in every field, upper and lower case alike. */
  select(views: readonly View[], query: ListQuery): readonly View[] {
    const wanted = Object.entries(this.fields).filter(([name]) => query[name] !== undefined)
    return views.filter(
      (view) => wanted.every(([name, value]) => String(value(view)) === query[name]) && this.#matches(view, query.q),
    )
  }

  /** `total` counts what there is before `limit` and `offset`. */
  slice<Shown>(views: readonly Shown[], query: ListQuery): { items: Shown[]; total: number } {
    const offset = Number(query.offset ?? 0)
    return { items: views.slice(offset, offset + Number(query.limit ?? defaultLimit)), total: views.length }
  }

  #matches(view: View, q: string | number | undefined): boolean {
    if (q === undefined) return true
    const sought = String(q).toLowerCase()
    return Object.values(this.fields).some((value) =>
      String(value(view) ?? '')
        .toLowerCase()
        .includes(sought),
    )
  }

  sort(views: readonly View[], sort: string | number | undefined): readonly View[] {
    if (sort === undefined) return views
    const name = String(sort).replace(/^-/, '')
    const value = this.fields[name]
    if (value === undefined) return views
    const sign = name === sort ? 1 : -1
    return views.toSorted((a, b) => sign * compare(value(a), value(b)))
  }
}

/** What is unknown comes first, numbers by size, the rest as text. */
function compare(a: Scalar, b: Scalar): number {
  if (a === b) return 0
  if (a === null) return -1
  if (b === null) return 1
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a) < String(b) ? -1 : 1
}
