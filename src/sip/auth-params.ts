/**
 * `name=value, name="value"`: the parameters of a challenge or of credentials (RFC 3261 section 25.1, RFC 7235 2.1).
 *
 * Quoted and bare values are both taken, because devices quote what should be bare (`qop="auth"`, `nc="00000001"`) and
 * leave bare what should be quoted. The text between quotes is kept as it stands. What a name means is not known here.
 */
import { closingQuote, isToken, isUndelimited, skipSpace, type Wire } from './text.ts'

/** What stands there, by name in lower case. A Map of five entries takes longer to make than this ten times to search. */
export class AuthParams {
  /** Each name and then its value: of two lists that are pushed to, each takes room for seventeen. */
  readonly #texts: Wire[] = []

  get(name: string): Wire | undefined {
    for (let at = 0; at < this.#texts.length; at += 2) if (this.#texts[at] === name) return this.#texts[at + 1]
    return undefined
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  add(name: string, value: Wire): void {
    this.#texts.push(name, value)
  }

  get isEmpty(): boolean {
    return this.#texts.length === 0
  }
}

/**
 * Reads parameters from `start` to the end, or undefined: a name that is no token or stands twice, an open quote,
 * white space inside a bare value.
 */
export function parseAuthParams(text: Wire, start: number): AuthParams | undefined {
  const params = new AuthParams()
  let at = skipSeparators(text, start)
  while (at < text.length) {
    const equals = text.indexOf('=', at)
    const name = usualName(text, at, equals) ?? nameOf(text.slice(at, Math.max(equals, at)))
    if (name === undefined || params.has(name)) return undefined
    const from = skipSpace(text, equals + 1)
    const end = valueEnd(text, from)
    if (end < 0) return undefined
    const quoted = text.charCodeAt(from) === 0x22
    const value = quoted ? text.slice(from + 1, end - 1) : text.slice(from, end).trimEnd()
    if (!quoted && value !== '' && !isUndelimited(value)) return undefined
    params.add(name, value)
    const next = skipSpace(text, end)
    if (next < text.length && text.charCodeAt(next) !== 0x2c) return undefined
    at = skipSeparators(text, next)
  }
  return params.isEmpty ? undefined : params
}

const usualNames = [
  ...['username', 'realm', 'nonce', 'uri', 'response', 'algorithm', 'cnonce', 'qop', 'nc', 'opaque', 'stale'],
]

/** A name in this spelling need not be cut out of the text, nor looked at any closer. */
function usualName(text: Wire, at: number, end: number): string | undefined {
  for (const name of usualNames) if (name.length === end - at && text.startsWith(name, at)) return name
  return undefined
}

function nameOf(written: Wire): string | undefined {
  const name = written.trim().toLowerCase()
  return isToken(name) ? name : undefined
}

function skipSeparators(text: Wire, start: number): number {
  let at = skipSpace(text, start)
  while (at < text.length && text.charCodeAt(at) === 0x2c) at = skipSpace(text, at + 1)
  return at
}

function valueEnd(text: Wire, from: number): number {
  if (text.charCodeAt(from) === 0x22) return closingQuote(text, from) + 1 || -1
  const comma = text.indexOf(',', from)
  return comma < 0 ? text.length : comma
}
