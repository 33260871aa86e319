/**
 * A small vocabulary to write the commands of GB/T 28181 Annex A down once, for reading and for writing.
 *
 * A command is an ordered set of fields; a field has a content (text, integer, ...), a presence (mandatory, optional, any
 * number) and the editions that have it. Reading is liberal: names without case, older spellings, a bad number costs that
 * field and no more, a missing mandatory field is a note. Writing is exact: the order, the spelling and the fields of the
 * edition of the peer. The TypeScript types follow from the declaration. Knows no command and no message.
 */
import type { Notes } from './notes.ts'
import { parseDateTime } from './time.ts'
import { attributeOf, isNamed, type XmlElement, xmlElement } from './xml.ts'

/** The editions of GB/T 28181; 2014 is the amendment to 2011. */
export type Edition = 2011 | 2014 | 2016 | 2022

/** What a field holds: `Read` as received, `Written` as given for sending. */
export interface Content<Read, Written = Read> {
  read(element: XmlElement, notes: Notes, where: string): Read | undefined
  write(value: Written, edition: Edition): string | readonly XmlElement[]
}

export interface FieldOptions {
  /** First edition that has the field. */
  readonly since?: Edition
  /** Last edition that has the field. */
  readonly until?: Edition
  /** Other names under which it is accepted. */
  readonly aliases?: readonly string[]
  /** Editions that spell it differently: written so to them, accepted so from all. */
  readonly spelled?: Readonly<Partial<Record<Edition, string>>>
}

export type Presence = 'mandatory' | 'optional' | 'many'

export interface Field<Read, Written, P extends Presence> {
  readonly presence: P
  readonly options: FieldOptions
  /** `found`: the elements of that name, in order, at least one unless the presence is `many`. */
  read(found: readonly XmlElement[], notes: Notes, where: string): Read | undefined
  write(name: string, value: Written, edition: Edition): readonly XmlElement[]
}

/** The fields of an element by their names on the wire, in the order of the standard. */
export type Fields = Readonly<Record<string, Field<unknown, never, Presence>>>

type Flat<T> = { readonly [K in keyof T]: T[K] }
type NamesOf<F extends Fields, P extends Presence> = {
  [K in keyof F]: F[K] extends Field<unknown, never, infer Q> ? (Q extends P ? K : never) : never
}[keyof F]
type ReadOf<F> = F extends Field<infer R, never, Presence> ? R : never
type WrittenOf<F> = F extends Field<unknown, infer W, Presence> ? W : never

/** As received: nothing can be relied on to be there, but lists, which are empty when absent. */
export type Decoded<F extends Fields> = Flat<
  { [K in NamesOf<F, 'many'>]: ReadOf<F[K]> } & { [K in NamesOf<F, 'mandatory' | 'optional'>]?: ReadOf<F[K]> }
>
/** As given for sending: what the standard demands must be there. */
export type Encodable<F extends Fields> = Flat<
  { [K in NamesOf<F, 'mandatory'>]: WrittenOf<F[K]> } & { [K in NamesOf<F, 'optional' | 'many'>]?: WrittenOf<F[K]> }
>

// ---- contents

/** Text, kept as sent but for the white space around it; may be empty. */
export const text = (): Content<string> => ({ read: (element) => element.text, write: (value) => value })

/** A whole number within the safe range. */
export const integer = (): Content<number> =>
  scalar((value) => {
    const number = /^[+-]?\d{1,20}$/.test(value) ? Number(value) : Number.NaN
    return Number.isSafeInteger(number) ? number : undefined
  }, wholeText)

/** A number with or without a fraction. */
export const decimal = (): Content<number> =>
  scalar((value) => {
    const number = /^[+-]?(?:\d{1,30}\.?\d{0,30}|\.\d{1,30})(?:e[+-]?\d{1,3})?$/i.test(value)
      ? Number(value)
      : Number.NaN
    return Number.isFinite(number) ? number : undefined
  }, decimalText)

/** A date and time, kept as sent (`YYYY-MM-DDThh:mm:ss`, Beijing time); one that `parseDateTime` cannot read is noted. */
export const dateTime = (): Content<string> => ({
  read(element, notes, where) {
    if (element.text !== '' && parseDateTime(element.text) === undefined) notes.add('bad-value', where)
    return element.text === '' ? undefined : element.text
  },
  write: (value) => value,
})

/** One of the given words, each with the other words that mean the same; read without case. */
export function oneOf<const W extends string>(words: Readonly<Record<W, readonly string[]>>): Content<W> {
  const known = new Map<string, W>()
  for (const word of Object.keys(words) as W[])
    for (const spelling of [word, ...words[word]]) known.set(spelling.toLowerCase(), word)
  return scalar((value) => known.get(value.toLowerCase()), String)
}

/** An element with fields of its own. */
export function object<F extends Fields>(fields: F, options: ObjectOptions = {}): Content<Decoded<F>, Encodable<F>> {
  const readable = readableFields(fields)
  return {
    read: (element, notes, where) => gather(readFields(readable, element, notes, where), options) as Decoded<F>,
    write: (value, edition) => writeFields(fields, scatter(value as FieldValues, options, edition), edition),
  }
}

export interface ObjectOptions {
  /** Fields that older editions keep inside a child: read from either place, written where the edition has them. */
  readonly moved?: readonly { readonly field: string; readonly child: string; readonly until: Edition }[]
}

// ---- fields

export const mandatory = <R, W>(content: Content<R, W>, options: FieldOptions = {}): Field<R, W, 'mandatory'> =>
  single('mandatory', content, options)

export const optional = <R, W>(content: Content<R, W>, options: FieldOptions = {}): Field<R, W, 'optional'> =>
  single('optional', content, options)

/** Any number of elements of this name, side by side. */
export function repeated<R, W>(
  content: Content<R, W>,
  options: FieldOptions = {},
): Field<readonly R[], readonly W[], 'many'> {
  return {
    presence: 'many',
    options,
    read: (found, notes, where) => readAll(found, content, notes, where),
    write: (name, values, edition) => values.map((value) => xmlElement(name, content.write(value, edition))),
  }
}

/**
 * A list element with the attribute `Num` and one child for each entry (Annex M). An empty list is left out, as the
 * editions since 2014 ask; 2011 wants it with `Num="0"`. A `Num` that miscounts is a note: what is there counts.
 */
export function list<R, W>(
  item: string,
  content: Content<R, W>,
  options: FieldOptions & { readonly num?: Readonly<Partial<Record<Edition, string>>> } = {},
): Field<readonly R[], readonly W[], 'many'> {
  return {
    presence: 'many',
    options,
    read: (found, notes, where) => found.flatMap((element) => readList(element, item, content, notes, where)),
    write: (name, values, edition) => {
      if (values.length === 0 && edition > 2011) return []
      const items = values.map((value) => xmlElement(item, content.write(value, edition)))
      return [xmlElement(name, items, [[options.num?.[edition] ?? 'Num', String(values.length)]])]
    },
  }
}

function single<R, W, P extends Presence>(presence: P, content: Content<R, W>, options: FieldOptions): Field<R, W, P> {
  return {
    presence,
    options,
    read: ([first], notes, where) => first && content.read(first, notes, where),
    write: (name, value, edition) => [xmlElement(name, content.write(value, edition))],
  }
}

/** A content of one word. An empty element is an absent one (cameras send `<Longitude></Longitude>`). */
function scalar<T>(parse: (value: string) => T | undefined, print: (value: T) => string): Content<T> {
  return {
    read(element, notes, where) {
      if (element.text === '') return undefined
      const value = parse(element.text)
      if (value === undefined) notes.add('bad-value', where)
      return value
    },
    write: print,
  }
}

function wholeText(value: number): string {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a whole number: ${value}`)
  return String(value)
}

/** Annex A has no exponents: 1e-7 is written out. */
function decimalText(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`not a number: ${value}`)
  const written = String(value)
  return written.includes('e') ? value.toFixed(20).replace(/\.?0+$/, '') : written
}

// ---- reading and writing the fields of an element

type FieldValues = Record<string, unknown>

interface ReadableField {
  readonly name: string
  /** All names under which it is accepted, each but once, whatever its case; and the same in lower case. */
  readonly spellings: readonly string[]
  readonly folded: readonly string[]
  readonly field: Field<unknown, never, Presence>
}

/** What can be said of the fields before any element is there. */
const readableFields = (fields: Fields): readonly ReadableField[] =>
  Object.entries(fields).map(([name, field]) => {
    const spellings = namesOf(name, field.options)
    return { name, field, spellings, folded: spellings.map((spelling) => spelling.toLowerCase()) }
  })

function readFields(fields: readonly ReadableField[], element: XmlElement, notes: Notes, where: string): FieldValues {
  const find = finder(element.children)
  const values: FieldValues = {}
  for (const readable of fields) {
    const { name, field } = readable
    const found = find(readable)
    if (found.length === 0 && field.presence === 'optional') continue
    const path = where === '' ? name : `${where}.${name}`
    const value = found.length > 0 || field.presence === 'many' ? field.read(found, notes, path) : undefined
    if (value !== undefined) values[name] = value
    else if (field.presence === 'mandatory') notes.add('missing-field', path)
  }
  return values
}

/** Children up to which to look through all of them for each field costs less than to sort them by name. */
const fewChildren = 8

/** The elements of a field: by its names, then in order. */
function finder(children: readonly XmlElement[]): (field: ReadableField) => readonly XmlElement[] {
  if (children.length <= fewChildren) return ({ spellings }) => namedAny(children, spellings)
  const byName = Map.groupBy(children, (child) => child.name.toLowerCase())
  return ({ folded }) => folded.flatMap((name) => byName.get(name) ?? [])
}

function namedAny(children: readonly XmlElement[], names: readonly string[]): readonly XmlElement[] {
  let found: XmlElement[] | undefined
  for (const name of names) {
    for (const child of children) {
      if (!isNamed(child, name)) continue
      found ??= []
      found.push(child)
    }
  }
  return found ?? []
}

function namesOf(name: string, { aliases = [], spelled = {} }: FieldOptions): string[] {
  const all = [name, ...aliases, ...Object.values(spelled)]
  return all.filter((one, at) => all.findIndex((other) => other.toLowerCase() === one.toLowerCase()) === at)
}

function readList<R, W>(element: XmlElement, item: string, content: Content<R, W>, notes: Notes, where: string): R[] {
  const folded = item.toLowerCase()
  const items = element.children.filter((child) => child.name.toLowerCase() === folded)
  const num = attributeOf(element, 'Num')
  if (num !== undefined && Number(num) !== items.length) notes.add('num-mismatch', where)
  return readAll(items, content, notes, where === '' ? item : `${where}.${item}`)
}

function readAll<R, W>(elements: readonly XmlElement[], content: Content<R, W>, notes: Notes, where: string): R[] {
  return elements.flatMap((element) => {
    const value = content.read(element, notes, where)
    return value === undefined ? [] : [value]
  })
}

function writeFields(fields: Fields, values: FieldValues, edition: Edition): XmlElement[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const { since = 2011, until = 2022, spelled } = field.options
    const value = values[name] ?? (field.presence === 'many' ? [] : undefined)
    if (edition < since || edition > until) return []
    if (value === undefined && field.presence === 'mandatory') throw new TypeError(`${name} is mandatory`)
    return value === undefined ? [] : field.write(spelled?.[edition] ?? name, value as never, edition)
  })
}

/** After reading: what an older edition keeps in a child comes up to where 2022 has it. */
function gather(values: FieldValues, { moved = [] }: ObjectOptions): FieldValues {
  for (const { field, child } of moved) {
    const inner = values[child] as FieldValues | undefined
    if (inner?.[field] === undefined) continue
    values[field] ??= inner[field]
    delete inner[field]
  }
  return values
}

/** Before writing: the reverse, for the editions that have it there. */
function scatter(values: FieldValues, { moved = [] }: ObjectOptions, edition: Edition): FieldValues {
  const placed = { ...values }
  for (const { field, child, until } of moved) {
    if (edition > until || placed[field] === undefined) continue
    placed[child] = { ...(placed[child] as FieldValues | undefined), [field]: placed[field] }
  }
  return placed
}
