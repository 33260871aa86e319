/**
 * Parameters, `;name=value`: RFC 3261 section 7.3.1 and 25.1, of header fields and of URIs alike.
 *
 * Order, spelling and repetition are kept, so that what a peer sent can be printed again. Does not know what a
 * parameter means.
 */
import { closingQuote, skipSpace, unquote, type Wire } from './text.ts'

/** One parameter as it was written: `value` keeps its quotes and is undefined for a flag such as `;lr`. */
export interface Param {
  readonly name: Wire
  readonly value: Wire | undefined
}

/** An immutable parameter list. Names compare without case. */
export class Params {
  static readonly none: Params = new Params([])
  readonly list: readonly Param[]

  constructor(list: readonly Param[]) {
    this.list = list
  }

  /** The first value of that name, unquoted; `''` for a flag, undefined where the parameter is absent. */
  get(name: string): Wire | undefined {
    for (const param of this.list) {
      if (isNamed(param, name)) return param.value === undefined ? '' : unquote(param.value)
    }
    return undefined
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  /** The same list with `name` set: in the place of its first occurrence, else at the end. */
  with(name: string, value?: Wire): Params {
    const at = this.list.findIndex((param) => isNamed(param, name))
    const rest = this.list.filter((param) => !isNamed(param, name))
    const added = { name, value }
    return new Params(at < 0 ? [...rest, added] : [...rest.slice(0, at), added, ...rest.slice(at)])
  }

  without(name: string): Params {
    return new Params(this.list.filter((param) => !isNamed(param, name)))
  }

  /** `;name=value;flag`, or nothing for an empty list. */
  toString(): Wire {
    let text = ''
    for (const param of this.list) text += printParam(param)
    return text
  }
}

/** Names compare without case. */
export const isNamed = (param: Param, name: string): boolean =>
  param.name === name || (param.name.length === name.length && param.name.toLowerCase() === name.toLowerCase())

export const printParam = ({ name, value }: Param): Wire => (value === undefined ? `;${name}` : `;${name}=${value}`)

/**
 * Reads parameters from `start` to the end of `text`, or undefined where that is not what stands there.
 * White space around `;` and `=` is allowed, an empty parameter is not, save one `;` at the very end.
 */
export function parseParams(text: Wire, start: number): Params | undefined {
  let at = skipSpace(text, start)
  if (at >= text.length) return Params.none
  let list: Param[] | undefined
  while (at < text.length) {
    if (text.charCodeAt(at) !== 0x3b) return undefined
    const end = paramEnd(text, at + 1)
    if (end < 0) return undefined
    const param = parseParam(text.slice(at + 1, end).trim())
    // Most lists have one entry; an array that is pushed to has room for seventeen.
    if (param !== undefined) list = appended(list, param)
    else if (list === undefined || end < text.length || text.slice(at + 1).trim() !== '') return undefined
    at = end
  }
  return list === undefined ? undefined : new Params(list)
}

function appended(list: Param[] | undefined, param: Param): Param[] {
  if (list === undefined) return [param]
  list.push(param)
  return list
}

/** Where the parameter that starts at `start` ends: the next `;` outside quotes, or the end; -1 for an open quote. */
function paramEnd(text: Wire, start: number): number {
  let from = start
  for (;;) {
    const semicolon = text.indexOf(';', from)
    const end = semicolon < 0 ? text.length : semicolon
    const open = text.indexOf('"', from)
    if (open < 0 || open > end) return end
    const close = closingQuote(text, open)
    if (close < 0) return -1
    from = close + 1
  }
}

function parseParam(text: Wire): Param | undefined {
  const equals = text.indexOf('=')
  if (equals < 0) return isPlain(text) ? { name: text, value: undefined } : undefined
  // One look at the whole instead of four at its halves; white space around the sign and quotes are for what follows.
  if (equals > 0 && plainAscii.test(text)) return { name: text.slice(0, equals), value: text.slice(equals + 1) }
  const name = text.slice(0, equals).trimEnd()
  const value = text.slice(equals + 1).trimStart()
  if (!isPlain(name)) return undefined
  const quoted = value.charCodeAt(0) === 0x22 && closingQuote(value, 0) === value.length - 1
  return quoted || value === '' || isPlain(value) ? { name, value } : undefined
}

/** A comma would start the next header value, so it is no part of a parameter. */
const isPlain = (text: Wire): boolean => plain.test(text)

/** As `isUndelimited`. */
const plain = /^[^\0-\x20"<>\x7f,]+$/
const plainAscii = /^[^\0-\x20"<>,\x7f-\xff]+$/
