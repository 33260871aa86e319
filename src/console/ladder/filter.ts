/**
 * The filter box: terms joined by AND, `-` negates; `method:`, `cmd:`, `status:4xx`, `device:`, `callid:`, `has:`,
 * `text:"two words"`, else any text of the message.
 */
import type { Message } from '../flight/message.ts'

type Test = (message: Message) => boolean

/** What a filter says, as one function. An empty one lets everything pass. */
export function filterOf(text: string): Test {
  const tests = termsIn(text).map(testOf)
  return (message) => tests.every((test) => test(message))
}

/** At spaces that are not between quotes. */
const termsIn = (text: string): string[] => text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []

function testOf(term: string): Test {
  const negated = term.startsWith('-') && term.length > 1
  const [, name = '', value = ''] = /^(?:([a-z]+):)?(.*)$/is.exec(negated ? term.slice(1) : term) ?? []
  const bare = value.replaceAll('"', '').toLowerCase()
  const test = tests[name.toLowerCase()]?.(bare) ?? anywhere(`${name === '' ? '' : `${name}:`}${bare}`.toLowerCase())
  return negated ? (message) => !test(message) : test
}

const anywhere =
  (sought: string): Test =>
  ({ text, label, from, to }) =>
    [text, label, from, to].some((each) => each.toLowerCase().includes(sought))

const tests: Readonly<Record<string, (value: string) => Test>> = {
  method: (value) => (message) => message.method.toLowerCase() === value,
  cmd: (value) => (message) => (message.cmd ?? '').toLowerCase().startsWith(value),
  status: (value) => {
    const wanted = new RegExp(`^${value.replace(/[^\dx]/g, '').replaceAll('x', '\\d')}`)
    return ({ status }) => status !== undefined && wanted.test(String(status))
  },
  device: (value) => (message) => (message.deviceId ?? '').startsWith(value),
  callid: (value) => (message) => (message.callId ?? '').toLowerCase().startsWith(value),
  text: anywhere,
  has: (value) => traits[value] ?? (() => false),
}

/** Milliseconds within which an answer is expected. */
const slow = 1000

const traits: Readonly<Record<string, Test>> = {
  retransmission: ({ repeats }) => repeats !== undefined,
  sdp: ({ text }) => /\r?\n\r?\nv=0/.test(text),
  failure: (message) => message.kind === 'failure' || message.kind === 'malformed' || isUnanswered(message),
  slow: ({ kind, repeats, exchange: { took = 0 } }) => kind === 'request' && repeats === undefined && took > slow,
  'no-reply': (message) => isUnanswered(message),
}

/** A request whose sender has waited in vain. */
export const isUnanswered = ({ kind, repeats, exchange: { answered, timer, waiting } }: Message): boolean =>
  kind === 'request' && repeats === undefined && !answered && (timer?.fired === true || waiting !== undefined)
