/**
 * The forms in which nearly every device writes its addresses and its Via, read from the bytes in one pass:
 *
 *     <sip:34020000001320000001@3402000000>;tag=1d2f       sip:34020000001320000001@192.0.2.64:5060
 *     SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bK776
 *
 * Whatever is not exactly that gives undefined and is read by `headers.ts` and `uri.ts`, which know the whole grammar and
 * come to the same for these. A REGISTER is parsed in a third of the time by it, and leaves half of the garbage.
 * test/sip/usual.test.ts holds the two together.
 */
import { NameAddr, Via } from './headers.ts'
import type { Wire } from './text.ts'

const LESS = 0x3c
const GREATER = 0x3e
const AT = 0x40
const COLON = 0x3a
const SEMICOLON = 0x3b
const EQUALS = 0x3d

/** What a byte may stand in. */
const inUser = 1
const inHost = 2
const inParam = 4
const inName = 8

const kinds = Uint8Array.from({ length: 256 }, (_, code) => kindsOf(String.fromCharCode(code)))

function kindsOf(character: string): number {
  const user = /[^\0-\x20"<>\x7f-\xff%:;?@]/.test(character) ? inUser : 0
  const host = /[\w.-]/.test(character) ? inHost : 0
  const param = /[^\0-\x20"<>,;\x7f-\xff]/.test(character) ? inParam : 0
  // Names compare without case: one in capitals is not the usual one.
  const name = /[a-z0-9-]/.test(character) ? inName : 0
  return user | host | param | name
}

/** The end of the run of bytes of that kind. */
function runEnd(bytes: Uint8Array, from: number, to: number, kind: number): number {
  let at = from
  while (at < to && (kinds[bytes[at]!]! & kind) !== 0) at++
  return at
}

/** The end of `:port` where one stands, `at` where none does; -1 for what is no usual port. */
function portEnd(bytes: Uint8Array, at: number, to: number): number {
  if (at === to || bytes[at] !== COLON) return at
  let end = at + 1
  while (end < to && isDigit(bytes[end]!)) end++
  const digits = end - at - 1
  // Five digits from 65 on may be too many; the rest is for who counts.
  return digits >= 1 && (digits <= 4 || (digits === 5 && numberIn(bytes, at + 1, at + 3) < 65)) ? end : -1
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39

/** Where the user part of the usual URI that stands from `from` ends, or -1. */
function userEnd(bytes: Uint8Array, from: number, to: number): number {
  const isSip =
    bytes[from] === 0x73 && bytes[from + 1] === 0x69 && bytes[from + 2] === 0x70 && bytes[from + 3] === COLON
  if (!isSip) return -1
  const end = runEnd(bytes, from + 4, to, inUser)
  return end > from + 4 && end < to && bytes[end] === AT ? end : -1
}

/** Where the host and port that stand from `from` end, or -1. */
function hostPortEnd(bytes: Uint8Array, from: number, to: number): number {
  const end = runEnd(bytes, from, to, inHost)
  return end === from ? -1 : portEnd(bytes, end, to)
}

/** Whether all of `from` to `to` is `sip:user@host` or `sip:user@host:port`. */
export function isUsualUri(bytes: Uint8Array, from: number, to: number): boolean {
  const user = userEnd(bytes, from, to)
  return user >= 0 && hostPortEnd(bytes, user + 1, to) === to
}

/** Whether all of it are ASCII characters that can be seen, and there is one. */
export function isUsualWord(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from
  while (at < to && bytes[at]! > 0x20 && bytes[at]! < 0x7f) at++
  return at === to && from < to
}

/** `<sip:user@host:port>`, with a tag or without. `text` is the same as the bytes. */
export function usualAddress(bytes: Uint8Array, text: Wire, from: number, to: number): NameAddr | undefined {
  if (bytes[from] !== LESS) return undefined
  const user = userEnd(bytes, from + 1, to)
  if (user < 0) return undefined
  const end = hostPortEnd(bytes, user + 1, to)
  if (end < 0 || end >= to || bytes[end] !== GREATER) return undefined
  const tag = end + 1 === to ? undefined : tagIn(bytes, text, end + 1, to)
  if (tag === '') return undefined
  return NameAddr.usual(text.slice(from + 1, end), text.slice(from + 5, user), tag)
}

/** The tag of `;tag=...`; '' for anything else. */
function tagIn(bytes: Uint8Array, text: Wire, from: number, to: number): Wire {
  const start = from + ';tag='.length
  if (!text.startsWith(';tag=', from)) return ''
  return runEnd(bytes, start, to, inParam) === to ? text.slice(start, to) : ''
}

/** `SIP/2.0/UDP host:port` with `rport` without a value, a branch, and whatever other parameters. */
export function usualVia(bytes: Uint8Array, text: Wire, from: number, to: number): Via | undefined {
  const transport = transportAt(text, from)
  if (transport === undefined) return undefined
  const hostStart = from + 'SIP/2.0/UDP '.length
  const hostEnd = runEnd(bytes, hostStart, to, inHost)
  const end = hostEnd === hostStart ? -1 : portEnd(bytes, hostEnd, to)
  if (end < 0) return undefined
  const host = text.slice(hostStart, hostEnd)
  const port = end === hostEnd ? undefined : numberIn(bytes, hostEnd + 1, end)
  return readViaParams(bytes, text, { transport, host, port, from, at: end, to })
}

function transportAt(text: Wire, from: number): 'UDP' | 'TCP' | undefined {
  if (text.startsWith('SIP/2.0/UDP ', from)) return 'UDP'
  return text.startsWith('SIP/2.0/TCP ', from) ? 'TCP' : undefined
}

function numberIn(bytes: Uint8Array, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at++) value = 10 * value + bytes[at]! - 0x30
  return value
}

interface ViaHead {
  readonly transport: string
  readonly host: Wire
  readonly port: number | undefined
  readonly from: number
  readonly at: number
  readonly to: number
}

function readViaParams(bytes: Uint8Array, text: Wire, head: ViaHead): Via | undefined {
  const { transport, host, port, from, to } = head
  let branch: Wire | undefined
  let rportEnd = -1
  let at = head.at
  while (at < to) {
    if (bytes[at] !== SEMICOLON) return undefined
    const start = at + 1
    const nameEnd = runEnd(bytes, start, to, inName)
    if (nameEnd === start) return undefined
    const hasValue = nameEnd < to && bytes[nameEnd] === EQUALS
    at = hasValue ? runEnd(bytes, nameEnd + 1, to, inParam) : nameEnd
    if (isName(text, start, nameEnd, 'rport')) {
      if (hasValue || rportEnd >= 0) return undefined
      rportEnd = at - from
    } else if (isName(text, start, nameEnd, 'branch')) {
      if (!hasValue || branch !== undefined) return undefined
      branch = text.slice(nameEnd + 1, at)
    } else if (isName(text, start, nameEnd, 'received')) return undefined
  }
  return Via.usual({ transport, host, port, branch, rportEnd, params: text.slice(head.at, to) })
}

const isName = (text: Wire, start: number, end: number, name: string): boolean =>
  end - start === name.length && text.startsWith(name, start)
