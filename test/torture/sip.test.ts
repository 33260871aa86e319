/**
 * Whatever arrives: a message, a typed rejection or a reason to ignore it; never an exception. And whatever we make of
 * it, an answer or a re-print, is one well-formed message.
 */
import { expect, it } from 'vitest'
import {
  parseMessage,
  printMessage,
  rejectionStatus,
  responseTo,
  responseToRejection,
  SipRequest,
  StreamFramer,
} from '../../src/sip/index.ts'
import { corpusIndex, describeCorpus, readCorpus } from '../support/corpus.ts'
import { mutated, randomFrom } from './mutation.ts'

const source = { address: '192.0.2.1', port: 5060 }

/** The name of what was wrong, or undefined: `expect` 100,000 times would take longer than the parser. */
function judge(bytes: Buffer): string | undefined {
  const result = parseMessage(bytes)
  if (result.ok === 'ignored') return undefined
  if (result.ok === false) {
    if (!(result.rejection.code in rejectionStatus)) return `untyped ${result.rejection.code}`
    const answer = responseToRejection(result.rejection, source, 't')
    return answer === undefined || isOneResponse(answer) ? undefined : 'a rejection whose answer is broken'
  }
  const again = parseMessage(Buffer.from(printMessage(result.message), 'latin1'))
  if (again.ok !== true) return 'a message that does not survive printing'
  if (again.message.fields().length < result.message.fields().length) return 'a message that lost a header'
  if (!(result.message instanceof SipRequest)) return undefined
  const answer = parseMessage(Buffer.from(responseTo(result.message, { status: 404, source, toTag: 't' }), 'latin1'))
  return answer.ok === true ? undefined : 'an answer that cannot be parsed'
}

/** One head: no line but header lines, and the end where Content-Length says. */
const isOneResponse = (wire: string): boolean =>
  /^SIP\/2\.0 \d{3} [^\r\n]*\r\n(?:[\w-]+: [^\r\n]*\r\n)+Content-Length: 0\r\n\r\n$/.test(wire)

describeCorpus('gb28181', 'real messages, truncated and bit-flipped', () => {
  const originals = () => corpusIndex<{ file: string }>('gb28181').map(({ file }) => readCorpus('gb28181', file))

  it('100,000 of them give a message or a typed rejection, and the next good message is served', () => {
    const random = randomFrom(28_181)
    const messages = originals()
    const wrong = new Map<string, string>()
    let taken = 0
    for (let count = 0; count < 100_000; count++) {
      const bytes = mutated(messages[count % messages.length] ?? Buffer.alloc(0), random)
      const fault = judge(bytes)
      if (fault !== undefined) wrong.set(fault, bytes.toString('latin1'))
      if (parseMessage(bytes).ok === true) taken++
    }
    expect([...wrong]).toEqual([])
    // Neither everything nor nothing is taken: the mutations reach both sides.
    expect(taken).toBeGreaterThan(10_000)
    expect(taken).toBeLessThan(90_000)
    expect(parseMessage(messages[0] ?? Buffer.alloc(0))).toMatchObject({ ok: true })
  })

  it('on a stream they never throw, and end it at most once', () => {
    const random = randomFrom(3261)
    const messages = originals()
    for (let count = 0; count < 5000; count++) {
      const framer = new StreamFramer()
      const stream = Buffer.concat(
        [0, 1, 2].map((next) => mutated(messages[(count + next) % messages.length]!, random)),
      )
      const place = Math.floor(random(stream.length))
      const outputs = [stream.subarray(0, place), stream.subarray(place)].flatMap((segment) => [
        ...framer.push(segment),
      ])
      const fatal = outputs.filter((output) => output.type === 'rejected' && output.fatal)
      if (fatal.length > 1 || (fatal.length === 1) !== framer.closed) expect(outputs).toBe('ended once')
    }
  })
})

const torture = (folder: 'rfc4475' | 'rfc5118') =>
  describeCorpus(folder, `${folder}, truncated at every byte`, () => {
    it('gives a message or a typed rejection', () => {
      for (const { file } of corpusIndex<{ file: string }>(folder)) {
        const bytes = readCorpus(folder, file)
        for (let length = 0; length < bytes.length; length++) {
          const fault = judge(bytes.subarray(0, length))
          if (fault !== undefined) expect(`${file} ${length}`).toBe(fault)
        }
      }
    })
  })

torture('rfc4475')
torture('rfc5118')

it.each([
  ['colons', ':'],
  ['lines', 'a\n'],
  ['folds', '\n '],
  ['quotes', '"'],
  ['commas', ','],
  ['semicolons', ';'],
  ['brackets', '<'],
  ['backslashes', '\\'],
  ['versions', 'SIP/2.0 '],
  ['carriage returns', '\r'],
  ['NULs', '\0a'],
])('65,507 bytes of %s are dealt with in bounded time', (_, unit) => {
  const tail = unit.repeat(65_507).slice(0, 65_000)
  const heads = ['', 'MESSAGE sip:a@h SIP/2.0\r\nVia: ', 'MESSAGE sip:a@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: "']
  const before = process.cpuUsage()
  for (const head of heads) expect(parseMessage(Buffer.from(head + tail, 'latin1')).ok).not.toBe(true)
  const spent = process.cpuUsage(before)
  expect(spent.user + spent.system).toBeLessThan(1_000_000)
})
