/** By which numbers a message finds its transaction: the two of a branch of ours, the hash of a request's key. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BranchNumbers, branchOf, SecretHash, serverKey } from '../../src/engine/keys.ts'
import { type SipMessage, SipRequest } from '../../src/sip/message.ts'
import { parseMessage, readOwn } from '../../src/sip/parse.ts'
import { responseTo } from '../../src/sip/print.ts'
import { messages, usualRequests } from '../sip/usual-messages.ts'
import { corpusIndex, describeCorpus, readCorpus } from '../support/corpus.ts'

describe('a branch of ours', () => {
  it.each([
    ['z9hG4bK0000000000000000', 0, 0],
    ['z9hG4bK00000001deadbeef', 1, 0xdeadbeef | 0],
    ['z9hG4bKffffffff7fffffff', -1, 0x7fffffff],
  ])('%s is two numbers, and they are it', (branch, first, second) => {
    const numbers = new BranchNumbers()
    expect(numbers.read(branch)).toBe(true)
    expect([numbers.first, numbers.second]).toEqual([first, second])
    expect(branchOf(first, second)).toBe(branch)
  })

  it.each([
    ['nothing', ''],
    ['the cookie alone', 'z9hG4bK'],
    ['another cookie', 'z9hG4bk0000000000000000'],
    ['a digit too few', 'z9hG4bK000000000000000'],
    ['a digit too many', 'z9hG4bK00000000000000000'],
    ['a capital digit', 'z9hG4bK000000000000000A'],
    ['a capital digit in the first half', 'z9hG4bKA000000000000000'],
    ['what is no digit', 'z9hG4bK00000000000000-0'],
    ['what is no byte', 'z9hG4bK00000000000000\u01300'],
  ])('is not %s', (_, branch) => {
    expect(new BranchNumbers().read(branch)).toBe(false)
  })
})

describe('the hash of a key', () => {
  const request = (branch: string, callId: string, changes: Readonly<Record<string, string>> = {}) => {
    const { Via = `SIP/2.0/UDP 192.0.2.64:5060;branch=${branch}`, method = 'MESSAGE', tag = '1', cseq = '1' } = changes
    const id = '34020000001110000001'
    const parties = `From: <sip:${id}@3402000000>;tag=${tag}\r\nTo: <sip:${id}@3402000000>\r\n`
    const text = `${method} sip:34020000002000000001@3402000000 SIP/2.0\r\nVia: ${Via}\r\n${parties}Call-ID: ${callId}\r\nCSeq: ${cseq} ${method}\r\nContent-Length: 0\r\n\r\n`
    const parsed = parseMessage(Buffer.from(text))
    if (parsed.ok !== true) throw new Error(text)
    return parsed.message
  }
  const requests = Array.from({ length: 64_000 }, (_, nth) => request(`z9hG4bK${nth}`, `${nth}@192.0.2.64`))
  const rowOf = (hash: SecretHash, of: SipMessage) => hash.of(of) & 63
  const rowsOf = (hash: SecretHash, all: readonly SipMessage[]) => Map.groupBy(all, (one) => rowOf(hash, one))

  it('spreads what differs little over all rows alike', () => {
    const sizes = [...rowsOf(new SecretHash(), requests).values()].map(({ length }) => length)
    expect(sizes.length).toBe(64)
    // A thousand each, give or take six times what chance makes of it.
    for (const size of sizes) expect(Math.abs(size - 1000)).toBeLessThan(200)
  })

  it('is another one in each process: what meets in a row here is spread over all there', () => {
    const one = new SecretHash()
    const inOneRow = rowsOf(one, requests).get(rowOf(one, request('z9hG4bK0', '0@192.0.2.64'))) ?? []
    expect(inOneRow.length).toBeGreaterThan(800)
    expect(rowsOf(new SecretHash(), inOneRow).size).toBeGreaterThan(50)
  })

  it('is the same for the same key, and a number for one that is nearly empty', () => {
    const hash = new SecretHash()
    const first = request('z9hG4bKone', 'a')
    expect(hash.of(first)).toBe(hash.of(request('z9hG4bKone', 'a')))
    expect(Number.isInteger(hash.of(request('', 'a', { Via: 'SIP/2.0/UDP h', tag: '1' })))).toBe(true)
  })

  const plain = 'SIP/2.0/UDP 192.0.2.64:5060'
  it.each<[string, Readonly<Record<string, string>>]>([
    ['branch', { Via: `${plain};branch=z9hG4bKtwo` }],
    ['host', { Via: 'SIP/2.0/UDP 192.0.2.65:5060;branch=z9hG4bKone' }],
    ['port', { Via: 'SIP/2.0/UDP 192.0.2.64:5061;branch=z9hG4bKone' }],
    ['method', { method: 'OPTIONS' }],
    ['CSeq number', { cseq: '2' }],
    ['From tag, without the cookie', { Via: plain, tag: '2' }],
  ])('is another one with another %s: nobody brings many into one row by it', (_, changes) => {
    const hash = new SecretHash()
    const from = 'Via' in changes && changes.Via === plain ? { Via: plain } : {}
    expect(hash.of(request('z9hG4bKone', 'a', changes))).not.toBe(hash.of(request('z9hG4bKone', 'a', from)))
    expect(hash.of(request('z9hG4bKone', 'b', from))).not.toBe(hash.of(request('z9hG4bKone', 'a', from)))
  })
})

describe('the key of a request', () => {
  const secret = new SecretHash()

  /** Hash and key of a request in flight, and of its transaction once it is completed and has only its response. */
  const keys = (bytes: Buffer) => {
    const parsed = parseMessage(bytes)
    if (parsed.ok !== true || !(parsed.message instanceof SipRequest)) return undefined
    const { message: request } = parsed
    const toTag = 'a1'
    const source = { address: '192.0.2.77', port: 40_000 }
    const response = readOwn(Buffer.from(responseTo(request, { status: 200, source, toTag }), 'latin1'))
    const of = (message: SipMessage) => `${secret.of(message)} ${serverKey(message)}`
    return { ofRequest: of(request), ofResponse: response && of(response) }
  }

  it('stands in the response too, however odd the request is', () => {
    let requests = 0
    fc.assert(
      fc.property(messages(usualRequests), (text) => {
        const found = keys(Buffer.from(text, 'latin1'))
        if (found === undefined) return
        requests++
        expect(found.ofResponse).toBe(found.ofRequest)
      }),
      { numRuns: 5000 },
    )
    expect(requests).toBeGreaterThan(1000)
  })

  it('stands there too where a line is as long as may be', () => {
    const branch = `z9hG4bK${'1'.repeat(8192 - 'Via: SIP/2.0/UDP 192.0.2.64;rport;branch=z9hG4bK\r\n'.length)}`
    const lines =
      '\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: a\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n'
    const found = keys(
      Buffer.from(`MESSAGE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.64;rport;branch=${branch}${lines}`),
    )
    expect(found?.ofRequest).toContain(branch)
    expect(found?.ofResponse).toBe(found?.ofRequest)
  })

  for (const folder of ['rfc4475', 'rfc5118', 'gb28181'] as const)
    describeCorpus(folder, `of ${folder}`, () => {
      const files = corpusIndex(folder).map(({ file }) => file)
      it('stands in the response to each', () => {
        const found = files.map((file) => [file, keys(readCorpus(folder, file))] as const)
        for (const [file, both] of found) expect([file, both?.ofResponse]).toEqual([file, both?.ofRequest])
        expect(found.filter(([, both]) => both !== undefined).length).toBeGreaterThan(3)
      })
    })
})
