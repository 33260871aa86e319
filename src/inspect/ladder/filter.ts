/**
 * Which messages are meant: terms joined by AND, `-` negates. The filter of the command line; the console's box speaks the
 * same words.
 *
 * `method:INVITE` (responses to it too), `cmd:Catalog`, `status:4xx`, `device:3402…`, `callid:…`, `has:retransmission`,
 * `has:sdp`, `has:failure`, `has:no-reply`, `text:"two words"`; anything else is looked for in the whole message.
 */
import type { TraceRow } from '../analysis/index.ts'

type Test = (row: TraceRow) => boolean

/** What a filter says, as one function. An empty one lets everything pass. @throws TypeError naming a term that is none. */
export function filterOf(text: string): Test {
  const tests = termsIn(text).map(testOf)
  return (row) => tests.every((test) => test(row))
}

/** At spaces that are not between quotes. */
const termsIn = (text: string): string[] => text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []

function testOf(term: string): Test {
  const negated = term.startsWith('-') && term.length > 1
  const [, name, value = ''] = /^(?:([a-z]+):)?(.*)$/is.exec(negated ? term.slice(1) : term) ?? []
  const sought = value.replaceAll('"', '').toLowerCase()
  const make = name === undefined ? anywhere : tests.get(name.toLowerCase())
  // A SIP URI, a header field: text with a colon in it.
  const test = make?.(sought) ?? anywhere(`${name}:${sought}`.toLowerCase())
  return negated ? (row) => !test(row) : test
}

const anywhere =
  (sought: string): Test =>
  ({ text, label, from, to }) =>
    [text, label, from, to].some((each) => each.toLowerCase().includes(sought))

const traits: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['retransmission', ({ repeats }) => repeats !== undefined],
  ['sdp', ({ hasSdp }) => hasSdp],
  ['failure', ({ kind, unanswered }) => kind === 'failure' || kind === 'malformed' || unanswered !== undefined],
  ['no-reply', ({ unanswered }) => unanswered !== undefined],
])

function trait(name: string): Test {
  const test = traits.get(name)
  if (test === undefined) throw new TypeError(`has:${name}: one of ${[...traits.keys()].join(', ')}`)
  return test
}

function statusTest(value: string): Test {
  if (!/^[1-6](?:\d\d|xx|\dx)$/.test(value)) throw new TypeError(`status:${value}: such as 4xx or 404`)
  const wanted = new RegExp(`^${value.replaceAll('x', '\\d')}$`)
  return ({ status }) => status !== undefined && wanted.test(String(status))
}

const tests: ReadonlyMap<string, (value: string) => Test> = new Map([
  ['method', (value) => (row) => row.method?.toLowerCase() === value],
  ['cmd', (value) => (row) => row.cmdType?.toLowerCase().startsWith(value) ?? false],
  ['status', statusTest],
  ['device', (value) => (row) => row.deviceId?.startsWith(value) ?? false],
  ['callid', (value) => (row) => row.callId?.toLowerCase().startsWith(value) ?? false],
  ['text', anywhere],
  ['has', trait],
])
